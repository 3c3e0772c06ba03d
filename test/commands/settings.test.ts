/** Settings: flags before environment before defaults; and which server may be talked to how. */
import { Readable, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import type { Context, GlobalOptions } from '../../src/commands/context.ts';
import { openServer, parseServer, resolveSettings } from '../../src/commands/settings.ts';
import { Streams } from '../../src/io/streams.ts';

function contextWith(env: Record<string, string> = {}): Context {
  const sink = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });
  const folder = '/nonexistent/ots';
  return {
    io: new Streams({ stdin: Readable.from([]), stdout: sink(), stderr: sink() }),
    env,
    cwd: '/',
    paths: { config: folder, state: folder, cache: folder },
    version: '0.0.0',
    now: () => 0,
    assets: () => undefined,
    proxyFor: () => undefined,
    holdSignals: () => ({
      received: undefined,
      orInterrupted: (work) => work(),
      beforeForcedExit: () => undefined,
      release: () => undefined,
    }),
    untilStopped: () => Promise.resolve(),
  };
}

const EU = 'https://eu.onetimesecret.com';
const servers: [GlobalOptions, Record<string, string>, string][] = [
  [{}, {}, EU],
  [{}, { OTS_REGION: 'us' }, 'https://us.onetimesecret.com'],
  [{}, { OTS_REGION: '', OTS_SERVER: '' }, EU],
  [{}, { OTS_SERVER: 'https://a.example', OTS_REGION: 'us' }, 'https://a.example'],
  [{ region: 'NZ' }, { OTS_SERVER: 'https://a.example' }, 'https://nz.onetimesecret.com'],
  [{ server: 'b.example' }, { OTS_SERVER: 'https://a.example', OTS_REGION: 'us' }, 'https://b.example'],
];

test.each(servers)('server: flags %j, environment %j: %s', async (options, env, baseUrl) => {
  expect((await resolveSettings(contextWith(env), options)).baseUrl).toBe(baseUrl);
});

test.each([
  ['https://Secrets.Example.COM/', 'https://secrets.example.com'],
  ['https://x.example:443/prefix/', 'https://x.example/prefix'],
  ['http://127.0.0.1:7143', 'http://127.0.0.1:7143'],
  ['x.example/prefix', 'https://x.example/prefix'],
])('%s is read as %s', (text, baseUrl) => {
  expect(parseServer(text)).toBe(baseUrl);
});

test.each([
  '',
  'ftp://x.example',
  'https://u:p@x.example',
  'https://x.example/?q',
  'https://x.example/#f',
  'http://',
  'file:///etc',
])('%j is no server', (text) => {
  expect(() => parseServer(text)).toThrow(/web address/);
});

test('timeout, size and API: flag, environment, default', async () => {
  const env = { OTS_TIMEOUT: '5', OTS_MAX_SIZE: '64k', OTS_API: 'v1' };
  const fromEnv = { timeoutMs: 5000, maxTextBytes: 64_000, api: 'v1' };
  expect(await resolveSettings(contextWith(env), {})).toMatchObject(fromEnv);
  const flags = { timeout: '1m', maxSize: '1M', api: 'v2' };
  const fromFlags = { timeoutMs: 60_000, maxTextBytes: 1_000_000, api: 'v2' };
  expect(await resolveSettings(contextWith(env), flags)).toMatchObject(fromFlags);
  const defaults = { timeoutMs: 30_000, maxTextBytes: undefined, api: 'auto' };
  expect(await resolveSettings(contextWith(), {})).toMatchObject(defaults);
  expect((await resolveSettings(contextWith(), { timeout: '0.5' })).timeoutMs).toBe(500);
});

test('credentials come in pairs, from the environment', async () => {
  const both = { OTS_USERNAME: 'me', OTS_TOKEN: 'token' };
  const { credentials } = await resolveSettings(contextWith(both), {});
  expect(await credentials()).toEqual({ username: 'me', token: 'token' });
  for (const half of [{ OTS_USERNAME: 'me' }, { OTS_TOKEN: 'token' }]) {
    await expect(resolveSettings(contextWith(half), {})).rejects.toThrow(/belong together/);
  }
});

/** Whether the server is talked to: with a link that has a fragment, without, with --allow-http. */
const schemes: [string, boolean, boolean, boolean][] = [
  ['https://x.example', true, true, true],
  ['http://localhost:1', true, true, true],
  ['http://app.localhost', true, true, true],
  ['http://127.0.0.1:1', true, true, true],
  ['http://127.8.9.1', true, true, true],
  ['http://[::1]:1', true, true, true],
  ['http://10.1.2.3', true, false, true],
  ['http://192.168.1.2', true, false, true],
  ['http://172.16.0.1', true, false, true],
  ['http://172.31.0.1', true, false, true],
  ['http://169.254.1.1', true, false, true],
  ['http://[fd00::1]', true, false, true],
  ['http://[fe80::1]', true, false, true],
  ['http://172.15.0.1', false, false, true],
  ['http://172.32.0.1', false, false, true],
  ['http://8.8.8.8', false, false, true],
  ['http://x.example', false, false, true],
  ['http://localhost.example', false, false, true],
  ['http://127.0.0.1.example', false, false, true],
  ['http://10.0.0.1.example', false, false, true],
  ['http://[2001:db8::1]', false, false, true],
];

test.each(schemes)(
  '%s: sealed reveal %s, otherwise %s, allowed %s',
  async (baseUrl, sealed, other, allowed) => {
    const opens = async (options: GlobalOptions, sealedReveal: boolean): Promise<boolean> => {
      const ctx = contextWith();
      // A dialect that is given needs no probe, so that nothing is contacted.
      const settings = await resolveSettings(ctx, { api: 'v3', ...options });
      try {
        const remote = await openServer(ctx, settings, baseUrl, { sealedReveal });
        await remote.close();
        return true;
      } catch (error) {
        expect(error).toMatchObject({ code: 'usage' });
        return false;
      }
    };
    expect(await opens({}, true)).toBe(sealed);
    expect(await opens({}, false)).toBe(other);
    expect(await opens({ allowHttp: true }, false)).toBe(allowed);
  },
);

test('credentials do not travel over plain http beyond this machine, nor to another server', async () => {
  const ctx = contextWith({ OTS_USERNAME: 'me', OTS_TOKEN: 'token' });
  const plain = await resolveSettings(ctx, { api: 'v1', allowHttp: true, server: 'http://x.example' });
  const over = await openServer(ctx, plain, plain.baseUrl);
  expect(await over.whoAmI()).toBeUndefined();
  const own = await resolveSettings(ctx, { api: 'v1', server: 'https://x.example' });
  const elsewhere = await openServer(ctx, own, 'https://y.example');
  expect(await elsewhere.whoAmI()).toBeUndefined();
});
