import { afterEach, describe, expect, test } from 'vitest';
import { serveSettings } from '../../src/commands/serve-settings.ts';
import { isOtsError } from '../../src/core/errors.ts';
import { addressReader } from '../../src/server/addresses.ts';
import { startServer } from '../../src/server/listen.ts';
import { routePattern } from '../../src/server/logs.ts';
import { createQueue } from '../../src/server/queue.ts';
import { isLoopback } from '../../src/server/rates.ts';
import { MemoryStore } from '../../src/server/stores/memory.ts';
import { Unavailable } from '../../src/server/unavailable.ts';
import { CHEAP, DIALECTS, type Harness, start } from './harness.ts';

let h: Harness;
afterEach(() => h?.close());

describe('rates', () => {
  test('v1: a thousand anonymous creations in twenty minutes, and not for this machine', async () => {
    h = await start('in memory', { addressOf: () => '10.1.2.3' });
    const share = () => h.send('POST', '/api/v1/share', { form: { secret: 'a' } });
    for (let i = 0; i < 1000; i += 1) expect((await share()).status).toBe(200);
    const refused = await share();
    expect([refused.status, refused.json]).toEqual([
      404,
      { message: 'Rate limit exceeded. Please try again later.' },
    ]);
    expect(refused.headers.get('x-ots-intended-status')).toBe('400');
    expect((await DIALECTS[2]!.shareRaw(h, { secret: 'a' })).status).toBe(200);
    h.clock.nowMs += 1_200_000;
    expect((await share()).status).toBe(200);
    const local = await start('in memory', { addressOf: () => '127.0.0.1' });
    for (let i = 0; i < 1010; i += 1) {
      expect((await local.send('POST', '/api/v1/share', { form: { secret: 'a' } })).status).toBe(200);
    }
    await local.close();
  });

  test('any request, by network', async () => {
    let address = '10.1.2.3';
    h = await start('in memory', { addressOf: () => address, ratePerMinute: 5 });
    const statuses: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      address = `10.1.2.${i}`;
      statuses.push((await h.send('GET', '/api/v2/status')).status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    const refused = await h.send('GET', '/api/v3/status');
    expect(refused.headers.get('retry-after')).toBe('60');
    expect(refused.json).toMatchObject({ error_type: 'LimitExceeded', retry_after: 60 });
    expect((await h.send('GET', '/api/v1/status')).json.message).toContain('Rate limit');
    address = '10.1.3.1';
    expect((await h.send('GET', '/api/v2/status')).status).toBe(200);
    address = '::ffff:127.0.0.1';
    for (let i = 0; i < 20; i += 1) expect((await h.send('GET', '/api/v2/status')).status).toBe(200);
  });

  test('a proxy is believed only when it is trusted, and only its own entry', () => {
    const env = (header?: string) => ({
      incoming: { socket: { remoteAddress: '127.0.0.1' }, headers: { 'x-forwarded-for': header } },
    });
    const [plain, trusting] = [addressReader(false), addressReader(true)];
    expect(plain(env('1.2.3.4'))).toBe('127.0.0.1');
    expect(trusting(env('9.9.9.9, 1.2.3.4'))).toBe('1.2.3.4');
    expect(trusting(env('1.2.3.4:5678'))).toBe('1.2.3.4');
    expect(trusting(env('[2001:db8::1]:99'))).toBe('2001:db8::1');
    for (const odd of [undefined, '', 'unknown', '1.2.3', 'a, b'])
      expect(trusting(env(odd))).toBe('127.0.0.1');
    expect(['127.0.0.1', '::1', '10.0.0.1', '::2'].map(isLoopback)).toEqual([true, true, false, false]);
  });
});

test('rules of the server: sizes, lifetimes, passphrases', async () => {
  const lifetimes = { anonymousSeconds: 3600, maxSeconds: 7200 };
  h = await start('in memory', { lifetimes, minPassphraseCharacters: 8, passphraseRequired: true });
  const [v1, , v2] = DIALECTS;
  const without = await v2!.shareRaw(h, { secret: 'a' });
  expect([without.status, without.json.error]).toEqual([422, 'A passphrase is required for all secrets']);
  const short = await v1!.shareRaw(h, { secret: 'a', passphrase: 'seven77' });
  expect(short.json.message).toBe('Passphrase must be at least 8 characters long');
  const made = await v2!.shareRaw(h, { secret: 'a', passphrase: 'eight888', ttl: 86_400 });
  expect(made.json.record.secret.secret_ttl).toBe(3600);
});

test('a full store and a busy server answer 503 in every dialect, and say when to come back', async () => {
  const store = new MemoryStore(Date.now, { maxBytes: 10_000 });
  const server = await startServer({ port: 0, now: Date.now, store, passphraseCost: CHEAP });
  const post = (path: string, json: unknown) =>
    fetch(server.url + path, {
      method: 'POST',
      body: JSON.stringify(json),
      headers: { 'content-type': 'application/json' },
    });
  const secret = 'x'.repeat(9500);
  for (const [path, json] of [
    ['/api/v1/share', { secret }],
    ['/api/v2/secret/conceal', { secret: { secret } }],
    ['/api/v3/guest/secret/conceal', { secret: { secret } }],
  ] as const) {
    const answer = await post(path, json);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('60');
    expect(await answer.json()).toMatchObject({ code: 'store_full', error_type: 'Unavailable' });
  }
  await server.close();
  const queue = createQueue(1, 2);
  let release = (): void => undefined;
  const blocked = new Promise<void>((resolve) => {
    release = resolve;
  });
  const works = Array.from({ length: 3 }, () => queue.take(() => blocked));
  await expect(queue.take(() => blocked)).rejects.toBeInstanceOf(Unavailable);
  release();
  await Promise.all(works);
  await queue.take(() => Promise.resolve());
});

test('health tells whether the store can be reached', async () => {
  h = await start('over a socket');
  const well = await h.send('GET', '/healthz');
  expect([well.status, well.json]).toEqual([200, { status: 'ok' }]);
  h.store.ping = () => Promise.reject(new Error('away'));
  expect((await h.send('GET', '/healthz')).status).toBe(503);
});

test('a log holds what happened, and nothing of any identifier, secret or passphrase', async () => {
  const lines: string[] = [];
  const log = { kind: 'json' as const, requests: true, write: (line: string) => lines.push(line) };
  const server = await startServer({ port: 0, now: () => 1_800_000_000_000, log, passphraseCost: CHEAP });
  const harness = {
    send: async (method: string, path: string, sent: { json?: unknown } = {}) => {
      const body = sent.json === undefined ? {} : { body: JSON.stringify(sent.json) };
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(server.url + path, { method, headers, ...body });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        text,
        json: text.startsWith('{') ? JSON.parse(text) : {},
      };
    },
  } as unknown as Harness;
  const v3 = DIALECTS[4]!;
  const { secretId } = await v3.share(harness, 'sEcReT', { passphrase: 'pAsSpHrAsE' });
  await v3.reveal(harness, secretId, 'pAsSpHrAsE');
  await harness.send('GET', `/secret/${secretId}?x=sEcReT`);
  await harness.send('GET', '/sEcReT/../pAsSpHrAsE');
  await server.close();
  expect(lines).toHaveLength(4);
  for (const hidden of ['sEcReT', 'pAsSpHrAsE', secretId, secretId.slice(0, 8)]) {
    expect(lines.join('\n')).not.toContain(hidden);
  }
  expect(JSON.parse(lines[1] ?? '')).toEqual({
    time: '2027-01-15T08:00:00.000Z',
    method: 'POST',
    route: '/api/v3/guest/secret/:id/reveal',
    status: 200,
    ms: expect.any(Number),
    bytes: expect.any(Number),
  });
  expect(routePattern('/api/v1/private/recent?x=1')).toBe('/api/v1/private/recent');
  expect(routePattern(`/${'a/'.repeat(50)}`)).toBe('/:id/:id/:id/:id/:id/:id/:id/:id');
});

test.each([
  [{ port: '70000' }, '--port'],
  [{ maxSize: '17M' }, '--max-size'],
  [{ maxStore: '5' }, '--max-store'],
  [{ account: 'a:b' }, '--account'],
  [{ ttlAnonymous: '5s' }, '--ttl-anonymous'],
  [{ maxTtl: '30' }, '--max-ttl'],
  [{ passphraseMin: '129' }, '--passphrase-min'],
  [{ rate: 'fast' }, '--rate'],
  [{ log: 'xml' }, '--log'],
])('serve refuses %j, naming %s', (options, flag) => {
  const base = { host: '127.0.0.1', port: '0', store: 'memory' };
  let caught: unknown;
  try {
    serveSettings({ ...base, ...options });
  } catch (error) {
    caught = error;
  }
  expect(isOtsError(caught, 'usage')).toBe(true);
  expect((caught as Error).message).toContain(flag);
  expect(serveSettings({ ...base, rate: '5/min', maxTtl: '30d' })).toMatchObject({
    ratePerMinute: 5,
    lifetimes: { maxSeconds: 2_592_000 },
    log: 'none',
  });
});
