/** Each test is something that happened to somebody with another program: what leaked, broke out, or was swallowed. */
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plantSealed, withHostile } from '../support/hostile.ts';
import { PROGRAM, partsOf, person, run, withServer } from '../support/program.ts';

const EVERY_BYTE = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));

test('binary on stdin comes back byte for byte', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const link = await who.share(EVERY_BYTE);
    const revealed = await who.ots(['reveal', link]);
    expect(revealed).toMatchObject({ code: 0, stderr: '' });
    expect(revealed.stdout.equals(EVERY_BYTE)).toBe(true);
  }));

test('a hostile file name stays in the folder, is no hidden file, and overwrites nothing', () =>
  withServer(async (server) => {
    const who = person();
    writeFileSync(join(who.folder, 'taken.txt'), 'mine');
    const names = [
      '../x',
      '/etc/passwd',
      'a\\b',
      '.bashrc',
      '-rf',
      'taken.txt',
      'con.txt',
      'x\u202etxt.exe',
      '..',
    ];
    for (const name of names) {
      const link = await plantSealed(server.url, `for ${name}`, name);
      expect(await who.ots(['reveal', '-O', link])).toMatchObject({ code: 0, text: '' });
    }
    expect(readdirSync(who.folder).sort()).toEqual([
      '_bashrc',
      '_con.txt',
      '_rf',
      'secret',
      'secret-1',
      'secret-2',
      'secret-3',
      'secret-4',
      'taken-1.txt',
      'taken.txt',
    ]);
    expect(readdirSync(who.home).sort()).toEqual(['cache', 'state', 'work']);
    expect(readFileSync(join(who.folder, 'taken.txt'), 'utf8')).toBe('mine');
    expect(readFileSync(join(who.folder, 'secret'), 'utf8')).toBe('for ../x');
    expect(statSync(join(who.folder, 'secret')).mode & 0o777).toBe(0o600);
  }));

test("a link of another host is followed to its own, without this machine's credentials", () =>
  withServer((own) =>
    withServer(async (other) => {
      const link = await person(other.url).share('x');
      const reader = person(own.url);
      const env = { OTS_USERNAME: 'somebody', OTS_TOKEN: 'token-of-somebody' };
      expect(await reader.ots(['reveal', link], { env })).toMatchObject({ code: 0, text: 'x' });
      expect(own.asked).toEqual([]);
      expect(other.reveals()).toBe(1);
      expect(other.asked.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
      expect(JSON.stringify(other.asked)).not.toContain('token-of-somebody');
    }),
  ));

test('no secret, passphrase or key is in a query string, in a path or where the server can read it', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const env = { OTS_PASSPHRASE: 'open sesame twice' };
    const link = await who.share('the secret text', ['--name', 'name.txt'], { env });
    await who.ots(['status', link]);
    await who.ots(['reveal', link], { env });
    const wire = JSON.stringify(server.asked);
    for (const word of ['the secret text', 'open sesame', 'name.txt', partsOf(link).fragment]) {
      expect(wire).not.toContain(word);
    }
    expect(server.asked.filter(({ path }) => /[?#]/.test(path))).toEqual([]);
  }));

test('no secret and no passphrase is taken as an argument, and what was typed there is not repeated', () =>
  withServer(async (server) => {
    const who = person(server.url);
    for (const args of [
      ['share', 'hunter2-the-secret'],
      ['share', '-p', 'hunter2-the-passphrase'],
      ['share', '--passphrase=hunter2-the-passphrase'],
      ['share', '--secret', 'hunter2'],
      ['hunter2'],
      ['share', '-', 'hunter2'],
      ['reveal', 'hunter2'],
      ['burn', 'hunter2'],
      ['decrypt', 'hunter2'],
      ['decrypt', '--link', 'hunter2', '-'],
    ]) {
      const refused = await who.ots(args, { stdin: 'x' });
      expect(refused, args.join(' ')).toMatchObject({ code: 2, text: '' });
      expect(refused.stderr).not.toContain('hunter2');
    }
    const typed = await who.ots(['share', 'hunter2']);
    expect(typed.stderr).toMatch(/no such file/);
    expect(typed.stderr).toMatch(/pipe it/);
    expect(server.asked).toEqual([]);
  }));

test('the local list is 0600 in 0700 and holds no key and no content', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const link = await who.share('the secret text', ['--gate', '--label', 'mine']);
    expect(statSync(who.state).mode & 0o777).toBe(0o700);
    expect(statSync(join(who.state, 'receipts.jsonl')).mode & 0o777).toBe(0o600);
    const cache = join(who.home, 'cache', 'ots');
    expect(statSync(cache).mode & 0o777).toBe(0o700);
    expect(statSync(join(cache, 'servers.json')).mode & 0o777).toBe(0o600);
    const list = readFileSync(join(who.state, 'receipts.jsonl'), 'utf8');
    expect(list).toContain('mine');
    expect(list).not.toContain('the secret text');
    expect(list).not.toContain(partsOf(link).fragment);
  }));

test('shell code in the configuration folder is not run', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const folder = join(who.home, 'config', 'ots');
    mkdirSync(folder, { recursive: true });
    const pwned = join(who.home, 'pwned');
    for (const name of ['config', 'config.toml', 'otsrc', '.otsrc', 'config.sh']) {
      writeFileSync(join(folder, name), `touch ${pwned}\nserver = "$(touch ${pwned})"\n\`touch ${pwned}\`\n`);
    }
    await who.ots(['share'], { stdin: 'x' });
    expect(existsSync(pwned)).toBe(false);
  }));

test('escape sequences in a revealed text are exact in a pipe; those of a server never reach stderr', async () => {
  const evil = '\u001b]0;title\u0007\u001b[2Jred \u001b[31m\u202e\u200b\u009b31m';
  await withServer(async (server) => {
    const who = person(server.url);
    expect(await who.ots(['reveal', await who.share(evil)])).toMatchObject({ text: evil, stderr: '' });
  });
  const message = JSON.stringify({ success: false, message: evil, error: evil, error_type: evil });
  for (const status of [400, 403, 404, 422, 500]) {
    const speak: Parameters<typeof withHostile>[0] = (response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(message);
    };
    await withHostile(speak, 'write', async ({ url }) => {
      const link = `${url}/secret/${'b2'.repeat(31)}`;
      const runs = await Promise.all([
        person(url).ots(['share'], { stdin: 'x' }),
        person(url).ots(['reveal', link]),
        person(url).ots(['burn', link]),
      ]);
      for (const { code, stdout, stderr } of runs) {
        expect(code).not.toBe(0);
        expect(stdout.toString() + stderr).not.toMatch(/(?![\t\n])\p{Cc}|[\u200b\u202e]/u);
      }
    });
  }
});

test('an error while printing: the secret is kept, the exit code says so', () =>
  withServer(async (server) => {
    const who = person(server.url);
    for (const [script, given] of [
      ['exec "$0" "$@"', { deaf: true }],
      ['exec "$0" "$@" > /dev/full', {}],
    ] as const) {
      const link = await who.share('precious');
      const words = ['-c', script, process.execPath, PROGRAM, 'reveal', link];
      const failed = await run('/bin/sh', words, { ...given, env: who.env, cwd: who.folder });
      expect(failed.code).toBe(9);
      const kept = /kept in (\S+)/.exec(failed.stderr)?.[1] ?? '';
      expect(statSync(kept).mode & 0o777).toBe(0o600);
      expect(await who.ots(['decrypt', '--link', link, kept])).toMatchObject({ code: 0, text: 'precious' });
      expect(who.recovered()).toEqual([]);
    }
    const lost = await who.ots(['share'], { stdin: 'x', deaf: true });
    expect(lost.code).toBe(9);
    expect(lost.stderr).toMatch(/nobody has the link; burn the secret: ots burn \S+/);
  }));

test('an output that is a pipe or a device is written to or refused, never spent for nothing or replaced', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const fifo = join(who.folder, 'fifo');
    await run('mkfifo', [fifo], { env: who.env, cwd: who.folder });
    // Somebody reads it, so that opening it for writing need not wait.
    const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    for (const force of [[], ['--force']]) {
      const link = await who.share('x');
      const before = server.reveals();
      const { code } = await who.ots(['reveal', link, '-o', fifo, ...force]);
      expect(server.reveals() - before).toBe(code === 0 ? 1 : 0);
      expect(statSync(fifo).isFIFO()).toBe(true);
    }
    closeSync(reader);
  }));

test('a passphrase is not handed to the server as its own: the gate is derived, and differs each time', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const env = { OTS_PASSPHRASE: 'one and the same' };
    await who.share('x', [], { env });
    await who.share('x', [], { env });
    const bodies = server.asked.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body));
    const gates = bodies.map(({ secret }) => secret.passphrase as string);
    expect(new Set(gates).size).toBe(2);
    for (const gate of gates) expect(gate).toMatch(/^Ots1-[A-Za-z0-9_-]{43}$/);
    expect(JSON.stringify(bodies)).not.toContain('one and the same');
  }));
