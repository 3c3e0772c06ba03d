/** The program behind proxies, private authorities, slow servers and IPv6: real ones, each on a port of its own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Person, partsOf, person, type TestServer, withServer } from '../support/program.ts';
import { startProxy } from '../support/remote-proxy.ts';
import { serve } from '../support/remote-serve.ts';
import { OTHER_CERTIFICATE, startTls, TEST_CERTIFICATE } from '../support/remote-tls.ts';
import { serveProcess } from '../support/serve.ts';

/** Runs `act` with a server that is reached over TLS, and somebody who has its certificate in a file. */
function withTls(act: (who: Person, server: TestServer, url: string) => Promise<void>): Promise<void> {
  return withServer(async (server) => {
    const tls = await startTls(server.url);
    const who = person(tls.url);
    writeFileSync(join(who.folder, 'ca.pem'), TEST_CERTIFICATE);
    writeFileSync(join(who.folder, 'other.pem'), OTHER_CERTIFICATE);
    try {
      await act(who, server, tls.url);
    } finally {
      await tls.close();
    }
  });
}

const CA = ['--ca-file', 'ca.pem'];

describe('a private certificate authority', () => {
  test('is trusted with --ca-file, or NODE_EXTRA_CA_CERTS', () =>
    withTls(async (who) => {
      const link = await who.share('by flag', CA);
      expect(link).toMatch(/^https:\/\/localhost:/);
      const env = { NODE_EXTRA_CA_CERTS: join(who.folder, 'ca.pem') };
      expect(await who.ots(['status', link], { env })).toMatchObject({ code: 0 });
      expect(await who.ots(['reveal', link], { env })).toMatchObject({ code: 0, text: 'by flag' });
      expect(await who.ots(['burn', await who.share('x', [], { env }), ...CA])).toMatchObject({ code: 0 });
    }));

  test.each([
    ['none', []],
    ['another', ['--ca-file', 'other.pem']],
  ])('is refused with %s: exit 6, a hint, and nothing is spent', (_, args) =>
    withTls(async (who, server) => {
      const link = await who.share('still there', CA);
      const stranger = { ...who.env, XDG_CACHE_HOME: join(who.home, 'empty') };
      for (const command of [['reveal', link], ['share'], ['run', '--env', `A=${link}`, '--', 'env']]) {
        const [verb = '', ...rest] = command;
        const failed = await who.ots([verb, ...args, ...rest], { stdin: 'x', env: stranger });
        expect(failed).toMatchObject({ code: 6, text: '' });
        expect(failed.stderr).toMatch(/certificate or TLS of https:\/\/localhost:\d+ is not usable/);
        expect(failed.stderr).toMatch(/--ca-file or NODE_EXTRA_CA_CERTS/);
      }
      expect(server.reveals()).toBe(0);
      expect(server.conceals()).toBe(1);
      expect(await who.ots(['reveal', link, ...CA])).toMatchObject({ code: 0, text: 'still there' });
    }),
  );

  test.each([
    ['is missing', 'nosuch.pem', 'cannot be read'],
    ['holds none', 'text', 'no certificate in PEM form'],
  ])('whose file %s is a usage error', (_, file, words) =>
    withTls(async (who) => {
      writeFileSync(join(who.folder, 'text'), 'not PEM');
      const failed = await who.ots(['share', '--ca-file', file], { stdin: 'x' });
      expect(failed).toMatchObject({ code: 2, text: '' });
      expect(failed.stderr).toContain(words);
    }),
  );
});

describe('a proxy', () => {
  test.each(['HTTPS_PROXY', 'https_proxy'])('of %s tunnels to a server over TLS', (name) =>
    withTls(async (who) => {
      const proxy = await startProxy('accept');
      const env = { [name]: proxy.url };
      const link = await who.share('through', CA, { env });
      expect(await who.ots(['reveal', link, ...CA], { env })).toMatchObject({ code: 0, text: 'through' });
      expect(proxy.asked).toBeGreaterThan(1);
      await proxy.close();
    }),
  );

  test('of HTTP_PROXY carries to a server without TLS', () =>
    withServer(async (server) => {
      const who = person(server.url);
      const proxy = await startProxy('accept');
      const env = { HTTP_PROXY: proxy.url };
      const link = await who.share('through', [], { env });
      expect(await who.ots(['reveal', link], { env })).toMatchObject({ code: 0, text: 'through' });
      expect(proxy.asked).toBeGreaterThan(1);
      await proxy.close();
    }));

  test.each(['localhost', '.example.com,localhost', '*'])('is passed by for NO_PROXY=%s', (list) =>
    withTls(async (who) => {
      const proxy = await startProxy('refuse');
      const env = { HTTPS_PROXY: proxy.url, NO_PROXY: list };
      const link = await who.share('past it', CA, { env });
      expect(await who.ots(['reveal', link, ...CA], { env })).toMatchObject({ code: 0, text: 'past it' });
      expect(proxy.asked).toBe(0);
      await proxy.close();
    }),
  );

  test('that refuses is named, without its password, and nothing is spent', () =>
    withTls(async (who, server) => {
      const link = await who.share('still there', CA);
      const proxy = await startProxy('refuse');
      const env = { HTTPS_PROXY: proxy.url.replace('//', '//user:proxy-password@') };
      const failed = await who.ots(['reveal', link, ...CA], { env });
      expect(failed).toMatchObject({ code: 6, text: '' });
      expect(failed.stderr).toContain(`the proxy ${proxy.url} refused`);
      expect(failed.stderr).toMatch(/check the proxy and its credentials, or NO_PROXY/);
      expect(failed.stderr).not.toContain('proxy-password');
      await proxy.close();
      const down = await who.ots(['reveal', link, ...CA], { env });
      expect(down).toMatchObject({ code: 6, text: '' });
      expect(down.stderr).toContain(`through the proxy ${proxy.url}`);
      expect(server.reveals()).toBe(0);
      expect(await who.ots(['reveal', link, ...CA])).toMatchObject({ code: 0, text: 'still there' });
    }));
});

describe('a server that never answers', () => {
  test('ends every command after --timeout, with exit 6', async () => {
    const silent = await serve(() => 'hang');
    const who = person(silent.url);
    const link = `${silent.url}/secret/abcdefghijklmnopqrstuvwxyz01234`;
    for (const words of [
      ['share'],
      ['generate'],
      ['status', link],
      ['reveal', link],
      ['run', '--env', `A=${link}`, '--', 'env'],
    ]) {
      const [verb = '', ...rest] = words;
      const failed = await who.ots([verb, '--timeout', '0.5', ...rest], { stdin: 'x' });
      expect(failed).toMatchObject({ code: 6, text: '' });
      expect(failed.stderr).toMatch(/did not answer within 0\.5 s\n/);
      expect(failed.stderr).not.toContain('may have been spent');
    }
    await silent.close();
  });

  test.each([
    ['the reveal: it may have been spent', 'reveal', /\/reveal$/, /^hint: the secret may have been spent/m],
    ['the reveal of a run', 'run', /\/reveal$/, /^ots: A: .*\n.*the secret may have been spent/m],
    [
      'the creation: something may remain',
      'share',
      /\/conceal$/,
      /^hint: .*may remain there until it expires/m,
    ],
  ])('says what may have happened after %s', (_, verb, path, words) => {
    let silent = false;
    const before = (asked: { path: string }): Promise<void> =>
      silent && path.test(asked.path) ? new Promise(() => undefined) : Promise.resolve();
    return withServer(
      async (server) => {
        const link = await person(server.url).share('x');
        silent = true;
        const more: Record<string, string[]> = { reveal: [link], run: ['--env', `A=${link}`, '--', 'env'] };
        // A dialect named by hand is not asked for what it announces: no claims.
        const args = [verb, '--api', 'v3', '--timeout', '0.5', ...(more[verb] ?? [])];
        const failed = await person(server.url).ots(args, { stdin: 'x' });
        expect(failed).toMatchObject({ code: 6, text: '' });
        expect(failed.stderr).toContain('did not answer within 0.5 s');
        expect(failed.stderr).toMatch(words);
      },
      { before },
    );
  });

  test.each(['0', '-1', 'soon', ''])('with --timeout %s is not even asked', async (timeout) => {
    const failed = await person('http://127.0.0.1:1').ots(['share', `--timeout=${timeout}`], { stdin: 'x' });
    expect(failed).toMatchObject({ code: 2, text: '' });
  });
});

test('a server on an IPv6 address, and links with it, in every command', async () => {
  const server = await serveProcess(['--host', '::1']);
  try {
    expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    const who = person(server.url);
    const link = await who.share('over IPv6', ['--gate']);
    expect(link.startsWith(`${server.url}/secret/`)).toBe(true);
    const elsewhere = person();
    expect((await elsewhere.ots(['status', '--json', link])).rows).toMatchObject([
      { server: server.url, state: 'new' },
    ]);
    const ran = await elsewhere.ots(['run', '--env', `A=${link}`, '--', 'sh', '-c', 'printf %s "$A"']);
    expect(ran).toMatchObject({ code: 0, text: 'over IPv6', stderr: '' });
    // In a mail, between brackets of its own.
    expect(await elsewhere.ots(['reveal', `<${await who.share('in a mail')}>`])).toMatchObject({
      text: 'in a mail',
    });
    const burned = await who.ots(['burn', '--json', await who.share('x')]);
    expect(burned.rows).toMatchObject([{ result: 'burned', how: 'list', server: server.url }]);
    expect(partsOf(link).base).toBe(server.url);
  } finally {
    await server.stop();
  }
});
