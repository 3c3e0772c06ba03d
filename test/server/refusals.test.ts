import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer } from '../../src/server/listen.ts';
import { CHEAP, DIALECTS, type Harness, start, WAYS_IN } from './harness.ts';

const JSON_HEADERS = { 'content-type': 'application/json' };
const FORM_HEADERS = { 'content-type': 'application/x-www-form-urlencoded' };
const CREATE = ['/api/v1/share', '/api/v1/create', '/api/v2/secret/conceal', '/api/v3/guest/secret/conceal'];

describe.each(WAYS_IN)('refusals, %s', (way) => {
  let h: Harness;
  beforeAll(async () => {
    h = await start(way);
  });
  afterAll(() => h.close());

  test.each(DIALECTS)('$name: the limit is in bytes, not characters', async (dialect) => {
    const fits = await dialect.shareRaw(h, { secret: `${'é'.repeat(4999)}xx` });
    expect(fits.status).toBe(200);
    const over = await dialect.shareRaw(h, { secret: `${'é'.repeat(4999)}xxx` });
    expect(over.status).toBe(dialect.name.startsWith('v1') ? 404 : 422);
    expect(over.json.message ?? over.json.error).toContain('10000 bytes');
  });

  test.each(DIALECTS)('$name: a body far too large is refused in the same words', async (dialect) => {
    const over = await dialect.shareRaw(h, { secret: 'x'.repeat(1_000_000) });
    expect(over.status).toBe(dialect.name.startsWith('v1') ? 404 : 422);
    expect(over.json.message ?? over.json.error).toContain('10000 bytes');
    expect((await dialect.shareRaw(h, { secret: 'still there' })).status).toBe(200);
  });

  test.each(DIALECTS)('$name: passphrases have 4 to 128 characters', async (dialect) => {
    const text = async (passphrase: string) => {
      const { json } = await dialect.shareRaw(h, { secret: 'a', passphrase });
      return json.message ?? json.error;
    };
    expect(await text('🦊🦊🦊')).toBe('Passphrase must be at least 4 characters long');
    expect(await text('🦊🦊🦊🦊')).toBeUndefined();
    expect(await text('🦊'.repeat(128))).toBeUndefined();
    expect(await text('x'.repeat(129))).toBe('Passphrase must be no more than 128 characters long');
    expect(await text('')).toBeUndefined();
  });

  test.each<[string, string | Uint8Array, Record<string, string>]>([
    ['JSON cut off', '{"secret":', JSON_HEADERS],
    ['JSON after a byte order mark', '\uFEFF{"secret":"a"}', JSON_HEADERS],
    ['JSON with a raw NUL', '{"secret":"a\u0000b"}', JSON_HEADERS],
    ['a JSON list', '["secret"]', JSON_HEADERS],
    ['a JSON text', '"secret"', JSON_HEADERS],
    ['JSON null', 'null', JSON_HEADERS],
    ['JSON that is not UTF-8', Buffer.from('7b22736563726574223a22ff227d', 'hex'), JSON_HEADERS],
    ['a form with a broken escape', 'secret=%zz', FORM_HEADERS],
    ['a form that is not UTF-8 once decoded', 'secret=%ff', FORM_HEADERS],
    ['a form that is not UTF-8', Buffer.from('7365637265743dff', 'hex'), FORM_HEADERS],
    ['a multipart body without its boundary', 'x', { 'content-type': 'multipart/form-data' }],
    ['a multipart body without an end', '--x\r\n', { 'content-type': 'multipart/form-data; boundary=x' }],
  ])('%s is 400 with an empty body', async (_name, raw, headers) => {
    for (const path of CREATE) {
      const reply = await h.send('POST', path, { raw, headers });
      expect([reply.status, reply.text, reply.headers.get('content-type')], path).toEqual([400, '', null]);
    }
  });

  test.each<[string, unknown]>([
    ['an object', { a: 1 }],
    ['a list', ['a']],
    ['a boolean', true],
    ['a fraction', 1.5],
    ['half a surrogate pair', '\ud83e'],
  ])('%s is no text', async (_name, secret) => {
    for (const field of ['secret', 'passphrase']) {
      const payload = { secret: 'a', [field]: secret };
      const v1 = await h.send('POST', '/api/v1/share', { json: payload });
      expect([v1.status, v1.json.message]).toEqual([404, 'Incorrect payload format']);
      const v2 = await h.send('POST', '/api/v2/secret/conceal', { json: { secret: payload } });
      expect([v2.status, v2.json.error]).toEqual([422, 'Incorrect payload format']);
    }
  });

  test('a passphrase given as a number is its digits', async () => {
    const [, , v2] = DIALECTS;
    const created = await v2!.shareRaw(h, { secret: 12345, passphrase: 67890 });
    const revealed = await v2!.reveal(h, created.json.record.secret.identifier, '67890');
    expect(v2!.textOf(revealed)).toBe('12345');
  });

  test('names that every object has are nothing special', async () => {
    const raw = 'secret=a&__proto__[ttl]=1&constructor=x&toString[a][b]=c&secret[=d';
    const { json } = await h.send('POST', '/api/v1/share', { raw, headers: FORM_HEADERS });
    expect(json.ttl).toBe(604_800);
  });

  test('no OPTIONS creates anything, and a wrong method is no route', async () => {
    for (const path of [...CREATE, '/api/v2/secret/generate', '/api/v3/secret/generate']) {
      for (const method of ['OPTIONS', 'PUT', 'DELETE', 'GET', 'PATCH']) {
        const reply = await h.send(method, path);
        expect(reply.status, `${method} ${path}`).toBeGreaterThanOrEqual(400);
        expect(reply.status, `${method} ${path}`).toBeLessThan(500);
        expect(reply.headers.get('access-control-allow-origin')).toBeNull();
      }
    }
  });

  test('paths beside the API', async () => {
    for (const path of ['/favicon.ico', '/secret', '/secret/a/b', '/api', '/api/v4/status', '/admin']) {
      expect((await h.send('GET', path)).status, path).toBe(404);
    }
    for (const path of ['/', '/secret/abc', '/receipt/abc', '/secret/abc/']) {
      const page = await h.send('GET', path);
      expect(page.status, path).toBe(200);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(page.text).toContain('ots reveal');
      expect(page.text).not.toContain('abc');
    }
  });

  test('whatever is sent, the answer is no failure of the server', async () => {
    const ids = '{abcdefghij0123456789abc,zz,%00,%E0%A4%A,..%2f}'.slice(1, -1).split(',');
    const words = ['secret', 'status', 'reveal', 'receipt', 'private', 'burn', 'recent', 'guest', 'share'];
    const segment = fc.oneof(fc.constantFrom(...words, ...ids, 'generate', 'conceal', 'receipts'));
    const path = fc
      .tuple(fc.constantFrom('v1', 'v2', 'v3'), fc.array(segment, { minLength: 1, maxLength: 4 }))
      .map(([version, rest]) => `/api/${version}/${rest.join('/')}`);
    const params = fc.dictionary(
      fc.constantFrom('secret', 'ttl', 'passphrase', 'continue', 'identifiers', 'length', '__proto__'),
      fc.jsonValue(),
    );
    const body = fc.oneof(
      params.map((value) => JSON.stringify(value)),
      params.map((value) => JSON.stringify({ secret: value })),
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.uint8Array({ maxLength: 60 }),
    );
    const type = fc.constantFrom(
      'application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=a',
      'text/html, application/json',
      '',
    );
    const method = fc.constantFrom('POST', 'POST', 'POST', 'PATCH', 'DELETE');
    await fc.assert(
      fc.asyncProperty(method, path, body, type, async (verb, where, raw, contentType) => {
        const headers = contentType === '' ? {} : { 'content-type': contentType };
        const reply = await h.send(verb, where, { raw: raw as string, headers });
        expect(reply.status).toBeLessThan(500);
      }),
      { numRuns: 300 },
    );
  });
});

/** Sends octets as they stand and collects what comes back until the server closes, or `until` has come. */
function talk(port: number, chunks: Iterable<string>, until: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect(port, '127.0.0.1', () => {
      const pending = chunks[Symbol.iterator]();
      const push = (): void => {
        const next = pending.next();
        if (next.done !== true && socket.writable) socket.write(next.value, () => setImmediate(push));
      };
      push();
    });
    const done = (): void => {
      socket.destroy();
      resolve(heard);
    };
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1');
      if (until.test(heard)) done();
    });
    socket.on('close', done);
    socket.on('error', (error) => (heard === '' ? reject(error) : done()));
  });
}

describe('senders that lie about the length of a body', () => {
  const head = (line: string) =>
    `POST /api/v2/secret/conceal HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${line}\r\n\r\n`;

  test('a length beyond the limit is refused before the body comes', async () => {
    const server = await startServer({ port: 0, now: Date.now, passphraseCost: CHEAP });
    const heard = await talk(server.port, [head('Content-Length: 9000000000')], /bytes long/);
    expect(heard).toMatch(/^HTTP\/1\.1 422 /);
    await server.close();
  });

  test('an endless body without a length is refused at the limit', async () => {
    const server = await startServer({ port: 0, now: Date.now, passphraseCost: CHEAP });
    function* endless(): Iterable<string> {
      yield head('Transfer-Encoding: chunked');
      for (let i = 0; i < 20_000; i += 1) yield `1000\r\n${'x'.repeat(4096)}\r\n`;
    }
    const heard = await talk(server.port, endless(), /bytes long/);
    expect(heard).toMatch(/^HTTP\/1\.1 422 /);
    await server.close();
  });

  test('a body that breaks off stores nothing and harms nobody', async () => {
    const server = await startServer({ port: 0, now: Date.now, passphraseCost: CHEAP });
    const socket = connect(server.port, '127.0.0.1');
    await new Promise<void>((resolve) => {
      socket.write(`${head('Content-Length: 100')}{"secret":`, () => resolve());
    });
    socket.destroy();
    expect((await fetch(`${server.url}/api/v1/status`)).status).toBe(200);
    await server.close();
  });
});
