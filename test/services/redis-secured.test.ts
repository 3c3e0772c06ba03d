/** `ots serve` on a Redis behind TLS, and on ones that demand a password: what works, and what is said of it. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { person, scratchFolder } from '../support/program.ts';
import { freePort, startCluster, startRedis } from '../support/redis.ts';
import { revealText, type Served, serveProcess, shareText } from '../support/serve.ts';

const PASSWORD = 'p@ss/w:rd';
const ENCODED = encodeURIComponent(PASSWORD);
const stops: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
});

/** Shares and reveals through a server; it must end well, and have said nothing of the password. */
async function works(args: string[], env: Record<string, string> = {}): Promise<void> {
  const server: Served = await serveProcess([...args, '--log', 'json'], env);
  stops.push(() => server.kill());
  const id = await shareText(server.url, 'over there');
  expect(await revealText(server.url, id ?? '')).toEqual({ text: 'over there' });
  expect(await revealText(server.url, id ?? '')).toBe('gone');
  expect(await server.stop()).toBe(0);
  expect(server.errors()).not.toMatch(/p@ss|p%40ss/);
}

/** Starts a server that must fail. */
async function fails(args: string[], env: Record<string, string> = {}) {
  const run = await person().ots(['serve', '--port', '0', ...args], { env: { OTS_DEBUG: '1', ...env } });
  expect(run.stderr).not.toMatch(/p@ss|p%40ss|sEcReT/);
  return run;
}

function makeCertificates(): { folder: string; ca: string; args: string[] } {
  const folder = scratchFolder();
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...fresh, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=test authority');
  const names = ['-subj', '/CN=redis', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-addext', 'basicConstraints=CA:FALSE'];
  openssl('req', '-x509', ...fresh, '-keyout', 'redis.key', '-out', 'redis.pem', ...names, ...signed);
  const file = (name: string) => join(folder, name);
  const own = ['--tls-cert-file', file('redis.pem'), '--tls-key-file', file('redis.key')];
  return {
    folder,
    ca: file('ca.pem'),
    args: [...own, '--tls-ca-cert-file', file('ca.pem'), '--tls-auth-clients', 'no'],
  };
}

describe('TLS', async () => {
  const { ca, args } = makeCertificates();
  const port = await freePort();
  const redis = await startRedis(['--tls-port', `${port}`, ...args]);
  stops.push(() => redis.stop());
  const store = `rediss://127.0.0.1:${port}`;

  test('a private authority is trusted by --ca-file, or by NODE_EXTRA_CA_CERTS', async () => {
    await works(['--store', store, '--ca-file', ca]);
    await works(['--store', store], { NODE_EXTRA_CA_CERTS: ca });
  });

  test('without it the server does not start, and says what to give', async () => {
    const run = await fails(['--store', store]);
    expect(run).toMatchObject({ code: 6, text: '' });
    expect(run.stderr).toContain('its certificate is not trusted');
    expect(run.stderr).toContain('--ca-file');
  });

  test('so it is with a certificate for another name, and a file that holds none', async () => {
    expect((await fails(['--store', `rediss://localhost:${port}`, '--ca-file', ca])).stderr).toContain(
      'its certificate is not trusted',
    );
    const run = await fails(['--store', store, '--ca-file', import.meta.filename]);
    expect(run).toMatchObject({ code: 2, text: '' });
  });
});

describe('a password', async () => {
  const acl = ['--user', 'limited', 'on', `>${PASSWORD}`, '~ots:*', '+@all'];
  const redis = await startRedis(['--requirepass', PASSWORD, ...acl]);
  stops.push(() => redis.stop());
  const at = `127.0.0.1:${redis.port}`;

  test('comes with the address, from the environment so that nobody sees it in a list of processes', async () => {
    await works([], { OTS_SERVE_STORE: `redis://:${ENCODED}@${at}` });
    await works([], { OTS_SERVE_STORE: `redis://default:${ENCODED}@${at}` });
    await works(['--store', `redis://limited:${ENCODED}@${at}`], { OTS_SERVE_STORE: 'memory' });
  });

  test('missing or wrong, the server does not start, and says so', async () => {
    for (const wrong of [`redis://${at}`, `redis://:sEcReT@${at}`, `redis://nobody:sEcReT@${at}`]) {
      const run = await fails([], { OTS_SERVE_STORE: wrong });
      expect(run).toMatchObject({ code: 5, text: '' });
      expect(run.stderr).toContain('refuses the user or the password');
    }
  });

  test('an address that is none is not repeated', async () => {
    for (const malformed of ['redis://:sEcReT@ho st:1', 'redis-cluster://u:sEcReT@a b:1,c:2']) {
      expect(await fails(['--store', malformed])).toMatchObject({ code: 2, text: '' });
    }
  });
});

describe('a cluster with a password', async () => {
  const cluster = await startCluster(PASSWORD);
  stops.push(() => cluster.stop());
  const hosts = cluster.url.slice('redis-cluster://'.length);

  test('is given it with the first address, for all its nodes', async () => {
    const store = `redis-cluster://default:${ENCODED}@${hosts}`;
    // Each secret goes to a node of its own choosing: a few reach them all.
    for (let round = 0; round < 3; round++) await works([], { OTS_SERVE_STORE: store });
  });

  test('missing or wrong, the server does not start, and says so', async () => {
    for (const wrong of [hosts, `default:sEcReT@${hosts}`]) {
      const run = await fails([], { OTS_SERVE_STORE: `redis-cluster://${wrong}` });
      expect(run).toMatchObject({ code: 5, text: '' });
      expect(run.stderr).toContain('refuses the user or the password');
    }
  });
});
