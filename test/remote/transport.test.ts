/**
 * HTTP below the dialects: repeating of reads, deadlines, hostile servers, proxies, trust, what is logged and sent.
 */

import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { closeAll, failureOf, openAt, RECEIPT_ID, rig, SECRET_ID, tracked } from '../support/remote-open.ts';
import { startProxy } from '../support/remote-proxy.ts';
import { type Reply, serve } from '../support/remote-serve.ts';
import { TEST_CERTIFICATE, TEST_KEY } from '../support/remote-tls.ts';

afterEach(closeAll);

const NOMINAL: Reply = { json: { success: true, status: 'nominal' } };

describe('reads', () => {
  it.each([502, 503, 504])('are tried again after %i', async (status) => {
    const replies: Reply[] = [{ status, body: '<html>' }, { status, body: '' }, NOMINAL];
    const of = await rig(() => replies.shift() ?? NOMINAL);
    await of.remote.ping();
    expect(of.server.asked).toHaveLength(3);
  });

  it('are tried again after a lost connection, three times in all', async () => {
    const of = await rig(() => 'close');
    expect(await failureOf(of.remote.ping())).toMatchObject({ code: 'network', ambiguous: false });
    expect(of.server.asked).toHaveLength(3);
  });

  it.each([500, 400, 404])('are not tried again after %i', async (status) => {
    const of = await rig(() => ({ status, body: '<html>' }));
    expect((await failureOf(of.remote.status(SECRET_ID))).code).toBe('network');
    expect(of.server.asked).toHaveLength(1);
  });

  it('do not wait for a server that wants more time than there is', async () => {
    const of = await rig(() => ({ status: 503, body: '', headers: { 'retry-after': '120' } }));
    expect((await failureOf(of.remote.ping())).code).toBe('network');
    expect(of.server.asked).toHaveLength(1);
  });
});

it('sends no cookies, asks for JSON in English, and keeps the path prefix', async () => {
  const server = tracked(
    await serve(() => ({
      json: { success: true, status: 'nominal' },
      headers: { 'set-cookie': 'sess=1; Path=/' },
    })),
  );
  const remote = await openAt(`${server.url}/under/here/`, { userAgent: 'ots/1' });
  expect(remote.baseUrl).toBe(`${server.url}/under/here`);
  await remote.ping();
  await remote.ping();
  expect(server.asked.map(({ path }) => path)).toEqual([
    '/under/here/api/v2/status',
    '/under/here/api/v3/status',
    '/under/here/api/v3/status',
  ]);
  for (const { headers } of server.asked) {
    expect(headers.cookie).toBeUndefined();
    expect(headers).toMatchObject({
      accept: 'application/json',
      'accept-language': 'en',
      'user-agent': 'ots/1',
    });
    expect(headers.authorization).toBeUndefined();
  }
});

it('logs one line a request without identifiers, passphrases and tokens', async () => {
  const log: string[] = [];
  const credentials = { username: 'a@b', token: 'the-token' };
  const of = await rig(
    () => ({ status: 404, json: { error_type: 'RecordNotFound' } }),
    {},
    {
      credentials,
      log: (line) => log.push(line),
    },
  );
  await failureOf(of.remote.reveal(SECRET_ID, { passphrase: 'the-passphrase' }));
  await failureOf(of.remote.burn(RECEIPT_ID));
  expect(log).toHaveLength(2);
  expect(log[0]).toMatch(/^POST \/api\/v2\/secret\/…\/reveal 404 [\d.]+ ms$/);
  expect(log.join()).not.toMatch(/ssss|rrrr|the-token|the-passphrase/);
});

describe('proxy', () => {
  it('carries the requests', async () => {
    const server = tracked(await serve(() => NOMINAL));
    const proxy = tracked(await startProxy('accept'));
    const remote = await openAt(server.url, { proxyUrl: proxy.url });
    await remote.ping();
    expect(proxy.asked).toBeGreaterThan(0);
    expect(server.asked).toHaveLength(2);
  });

  it.each(['nonsense', 'socks5://127.0.0.1:1', ''])(
    'must be one that is understood: %j',
    async (proxyUrl) => {
      expect(await failureOf(openAt('http://127.0.0.1:1', { proxyUrl }))).toMatchObject({ code: 'usage' });
    },
  );

  it('is named when it refuses, and when it is not there', async () => {
    const server = tracked(await serve(() => NOMINAL));
    const proxy = await startProxy('refuse');
    const refused = await failureOf(openAt(server.url, { proxyUrl: proxy.url }));
    expect(refused).toMatchObject({ code: 'network' });
    expect(refused.message).toContain(proxy.url);
    await proxy.close();
    const absent = await failureOf(openAt(server.url, { proxyUrl: proxy.url }));
    expect(absent.message).toContain(proxy.url);
    expect(server.asked).toHaveLength(0);
  });
});

describe('trust', () => {
  async function startTls(): Promise<string> {
    const server = createServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ success: true, status: 'nominal' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    tracked({
      close: () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    });
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('is not given to a certificate that nobody vouches for', async () => {
    const error = await failureOf(openAt(await startTls()));
    expect(error.code).toBe('network');
    expect(error.hint).toMatch(/--ca-file.*NODE_EXTRA_CA_CERTS/);
  });

  it('can be given with a certificate file', async () => {
    const remote = await openAt(await startTls(), { caPem: TEST_CERTIFICATE });
    await remote.ping();
  });

  it('refuses a certificate file that is none', async () => {
    const error = await failureOf(openAt('https://127.0.0.1:1', { caPem: 'nonsense' }));
    expect(error).toMatchObject({ code: 'usage' });
  });
});

it('names a host that does not exist', async () => {
  const error = await failureOf(openAt('http://no-such-host.invalid'));
  expect(error).toMatchObject({ code: 'network' });
  expect(error.message).toMatch(/could not (find the host of|connect to) http:\/\/no-such-host\.invalid/);
});
