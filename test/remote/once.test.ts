/**
 * Consuming and creating requests are sent exactly once, whatever happens to them; the server counts.
 */

import { afterEach, describe, expect, it } from 'vitest';
import { closeAll, failureOf, RECEIPT_ID, type Rig, rig, SECRET_ID } from '../support/remote-open.ts';
import type { Reply } from '../support/remote-serve.ts';

afterEach(closeAll);

const JSON_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';

interface Mishap {
  name: string;
  reply: Reply;
  /** Whether nobody can know if the request took effect. */
  ambiguous: boolean;
}

const MISHAPS: Mishap[] = [
  { name: 'closes without an answer', reply: 'close', ambiguous: true },
  { name: 'resets the connection', reply: 'reset', ambiguous: true },
  { name: 'never answers', reply: 'hang', ambiguous: true },
  { name: 'answers 500 in JSON', reply: { status: 500, json: { error: 'boom' } }, ambiguous: true },
  { name: 'answers 500 with nothing', reply: { status: 500, body: '' }, ambiguous: true },
  {
    name: 'answers 502 with a page',
    reply: { status: 502, body: '<html>Bad Gateway</html>' },
    ambiguous: true,
  },
  { name: 'answers 503 with a page', reply: { status: 503, body: '<html>' }, ambiguous: true },
  { name: 'answers 200 with a page', reply: { body: '<!doctype html>' }, ambiguous: true },
  {
    name: 'answers 200 with broken JSON',
    reply: { raw: `${JSON_HEAD}content-length: 3\r\n\r\n{"a`, end: true },
    ambiguous: true,
  },
  {
    name: 'cuts the body',
    reply: { raw: `${JSON_HEAD}content-length: 999\r\n\r\n{"a`, end: true },
    ambiguous: true,
  },
  {
    name: 'cuts a chunked body',
    reply: { raw: `${JSON_HEAD}transfer-encoding: chunked\r\n\r\n5\r\n{"a"`, end: true },
    ambiguous: true,
  },
  { name: 'cuts the headers', reply: { raw: 'HTTP/1.1 200 OK\r\ncont', end: true }, ambiguous: true },
  {
    name: 'answers something that is not HTTP',
    reply: { raw: 'SSH-2.0-nope\r\n', end: true },
    ambiguous: true,
  },
  {
    name: 'redirects to another host',
    reply: { status: 302, body: '', headers: { location: 'https://other.example/x' } },
    ambiguous: false,
  },
  {
    name: 'redirects with 308',
    reply: { status: 308, body: '', headers: { location: '/elsewhere' } },
    ambiguous: false,
  },
  {
    name: 'has no such route',
    reply: { status: 404, json: { error: 'Not Found', error_type: 'NotFound' } },
    ambiguous: false,
  },
  {
    name: 'is a gateway without a backend',
    reply: { status: 404, body: '<html>nothing here</html>' },
    ambiguous: false,
  },
];

const APIS = ['v1', 'v2', 'v3'] as const;
const CASES = APIS.flatMap((api) => MISHAPS.map((mishap) => ({ api, ...mishap })));

const ACTS: { act: string; part: string; run: (of: Rig) => Promise<unknown> }[] = [
  {
    act: 'reveal',
    part: '/secret/',
    run: ({ remote }) => remote.reveal(SECRET_ID, { passphrase: 'a-passphrase' }),
  },
  { act: 'burn', part: '/burn', run: ({ remote }) => remote.burn(RECEIPT_ID) },
  { act: 'conceal', part: '/', run: ({ remote }) => remote.conceal({ text: 'the-text', ttlSeconds: 60 }) },
];

describe.each(ACTS)('$act', ({ act, part, run }) => {
  it.each(CASES)('is sent once by $api when the server $name', async ({ api, reply, ambiguous, name }) => {
    const timeoutMs = name === 'never answers' ? 250 : 5000;
    // Only the first request meets the mishap: what is asked afterwards is not known to the server.
    const of = await rig(() => reply, {}, { api, timeoutMs });
    const error = await failureOf(run(of));
    expect(of.count('POST', part)).toBe(1);
    expect(error.code).toBe('network');
    expect(error.ambiguous).toBe(ambiguous);
    expect(error.message).toContain(of.server.url);
    const words = `${error.message} ${error.hint}`;
    for (const secret of [SECRET_ID, RECEIPT_ID, 'a-passphrase', 'the-text'])
      expect(words).not.toContain(secret);
    expect(error.message).not.toMatch(/\n|\.$/);
    if (name === 'redirects to another host') expect(words).toContain('--server https://other.example');
    if (ambiguous && act !== 'conceal') expect(error.hint).toMatch(/ots status|try again/);
  });
});

it('is not sent again on a new connection when the server closes a kept one on it', async () => {
  const of = await rig(
    ({ method }) => (method === 'GET' ? { json: { status: 'nominal' } } : 'close'),
    {},
    { api: 'v3' },
  );
  await of.remote.ping();
  const error = await failureOf(of.remote.reveal(SECRET_ID));
  expect(error).toMatchObject({ code: 'network', ambiguous: true });
  expect(of.count('POST', '/reveal')).toBe(1);
});

it('uses a new connection when the kept one was closed before', async () => {
  const reveal: Reply = { json: { record: { secret_value: 'the text' } } };
  const ping: Reply = { json: { status: 'nominal' }, headers: { connection: 'close' } };
  const of = await rig(({ method }) => (method === 'GET' ? ping : reveal), {}, { api: 'v3' });
  await of.remote.ping();
  expect(await of.remote.reveal(SECRET_ID)).toEqual({ text: 'the text', truncated: false });
  expect(of.count('POST', '/reveal')).toBe(1);
});

it.each(APIS)('tells a refused connection from a lost one, api %s', async (api) => {
  const of = await rig(() => 'hang', {}, { api });
  await of.server.close();
  for (const { run } of ACTS) {
    const error = await failureOf(run(of));
    expect(error).toMatchObject({ code: 'network', ambiguous: false });
    expect(error.message).toContain('connection refused');
  }
});
