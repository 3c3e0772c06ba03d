/** Outputs that are closed, folders that are read-only, state that somebody damaged: nothing is lost, nothing is a bug. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inShell, unprivileged } from '../support/faults.ts';
import { type Person, person, type TestServer, withServer } from '../support/program.ts';

function withLink(
  act: (who: Person, link: string, server: TestServer) => Promise<void>,
  secret: string | Uint8Array = 'the secret',
  maxTextBytes = 10_000,
): Promise<void> {
  return withServer(
    async (server) => {
      const sender = person(server.url);
      await act(person(server.url), await sender.share(secret), server);
    },
    { maxTextBytes },
  );
}

test('reveal with a closed standard output: refused, nothing spent', () =>
  withLink(async (who, link, server) => {
    for (const more of ['', '--json']) {
      const closed = await inShell(who, `ots reveal ${more} '${link}' >&-`);
      expect(closed).toMatchObject({ code: 2, text: '' });
    }
    expect(server.reveals()).toBe(0);
    const toFile = await inShell(who, `ots reveal '${link}' -o out >&- 2>&- <&-`);
    expect(toFile.code).toBe(0);
    expect(readFileSync(join(who.folder, 'out'), 'utf8')).toBe('the secret');
  }));

test('reveal to /dev/null is meant', () =>
  withLink(async (who, link) => {
    expect(await inShell(who, `ots reveal '${link}' > /dev/null`)).toMatchObject({ code: 0, stderr: '' });
    expect(who.recovered()).toEqual([]);
  }));

test('share and generate with a closed standard output: refused, nothing stored', () =>
  withServer(async (server) => {
    const who = person(server.url);
    for (const verb of ['share', 'generate']) {
      const closed = await inShell(who, `ots ${verb} >&-`, { stdin: 'x' });
      expect(closed.code).toBe(2);
      expect(closed.stderr).toMatch(/output is closed/);
    }
    expect(server.conceals()).toBe(0);
    expect((await inShell(who, 'ots share 2>&-', { stdin: 'x' })).text).toMatch(/^http.*#.*\n$/);
    expect(await inShell(who, 'ots share <&-')).toMatchObject({ code: 2, text: '' });
  }));

test('decrypt with a closed standard output leaves what it read', () =>
  withLink(async (who, link) => {
    await inShell(who, `ots reveal '${link}' > /dev/full`);
    const path = join(who.state, 'recovered', who.recovered()[0] ?? '');
    expect((await inShell(who, `ots decrypt --link '${link}' '${path}' >&-`)).code).toBe(2);
    expect(await who.ots(['decrypt', '--link', link, path])).toMatchObject({ code: 0, text: 'the secret' });
  }));

test('| head -c 1 of a secret that the pipe holds: delivered', () =>
  withLink(async (who, link) => {
    const taken = await inShell(who, `{ ots reveal '${link}'; echo "code $?" >&2; } | head -c 1`);
    expect(taken).toMatchObject({ text: 't', stderr: 'code 0\n' });
    expect(who.recovered()).toEqual([]);
  }));

test('| head -c 1 of a secret that the pipe does not hold: an error, and all of it is in recovered/', () => {
  const large = randomBytes(300_000);
  return withLink(
    async (who, link) => {
      const taken = await inShell(who, `{ ots reveal '${link}'; echo "code $?" >&2; } | head -c 1`);
      expect(taken.stdout).toHaveLength(1);
      expect(taken.stderr).toMatch(/kept in [\s\S]*code 9\n$/);
      const path = join(who.state, 'recovered', who.recovered()[0] ?? '');
      const opened = await who.ots(['decrypt', '--link', link, path]);
      expect(opened.stdout.equals(large)).toBe(true);
    },
    large,
    1_000_000,
  );
});

test('a working folder that cannot be written: -O and -o are refused before anything is spent', () =>
  withLink(async (who, link, server) => {
    chmodSync(who.folder, 0o500);
    for (const flag of ['-O', '-o out']) {
      const refused = await unprivileged(who, `ots reveal ${flag} '${link}'`);
      expect(refused).toMatchObject({ code: 2, text: '' });
      expect(refused.stderr).toMatch(/cannot be written.*\nhint: .*nothing was spent/);
    }
    expect(server.reveals()).toBe(0);
    expect(who.recovered()).toEqual([]);
    chmodSync(who.folder, 0o700);
    expect(await unprivileged(who, `ots reveal '${link}'`)).toMatchObject({ code: 0, text: 'the secret' });
  }));

test('a working folder that is gone: what needs none works, what needs it says so', () =>
  withLink(async (who, link, server) => {
    const gone = 'mkdir gone; cd gone; rmdir ../gone;';
    expect(await inShell(who, `${gone} ots reveal -o out '${link}'`)).toMatchObject({ code: 2 });
    expect(server.reveals()).toBe(0);
    expect(await inShell(who, `${gone} ots reveal '${link}'`)).toMatchObject({ code: 0, text: 'the secret' });
  }));

test('a home that is read-only altogether: share, reveal, receipts work; what cannot be delivered is printed', () =>
  withLink(async (who, link) => {
    mkdirSync(join(who.home, 'state', 'ots'), { recursive: true });
    for (const folder of ['state/ots', 'state', '.']) chmodSync(join(who.home, folder), 0o500);
    try {
      const shared = await unprivileged(who, 'printf x | ots share');
      expect(shared.code).toBe(0);
      expect(shared.stderr).toMatch(/receipt could not be kept here; .*ots burn [0-9a-z]+/);
      expect(await unprivileged(who, `ots reveal '${shared.text.trim()}'`)).toMatchObject({
        code: 0,
        text: 'x',
      });
      expect(await unprivileged(who, 'ots receipts')).toMatchObject({ code: 0, text: '', stderr: '' });
      const failed = await unprivileged(who, `ots reveal '${link}' > /dev/full`);
      expect(failed.code).toBe(9);
      const opened = await who.ots(['decrypt', '--link', link], { stdin: failed.stderr });
      expect(opened).toMatchObject({ code: 0, text: 'the secret' });
      expect(readdirSync(join(who.home, 'state', 'ots'))).toEqual([]);
    } finally {
      for (const folder of ['.', 'state', 'state/ots']) chmodSync(join(who.home, folder), 0o700);
    }
  }));

test('no HOME, and relative base directories: nothing is written below the working folder', () =>
  withLink(async (who, link) => {
    const relative = 'XDG_STATE_HOME=s XDG_CONFIG_HOME=c XDG_CACHE_HOME=k';
    const revealed = await inShell(who, `${relative} ots reveal '${link}'`);
    expect(revealed).toMatchObject({ code: 0, text: 'the secret' });
    expect(readdirSync(who.folder)).toEqual([]);
    expect(existsSync(join(who.home, '.cache', 'ots'))).toBe(true);
    const homeless = await inShell(who, 'unset HOME; printf x | ots share');
    expect(homeless).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(who.folder)).toEqual([]);
  }));

test('a folder where the list of receipts should be: one clear error, and the rest works', () =>
  withLink(async (who, link) => {
    mkdirSync(join(who.state, 'receipts.jsonl'), { recursive: true });
    const listed = await who.ots(['receipts']);
    expect(listed).toMatchObject({ code: 2, text: '' });
    expect(listed.stderr).toMatch(/^ots: the list of receipts cannot be read \(.*receipts\.jsonl\)\nhint: /);
    const shared = await who.ots(['share'], { stdin: 'x' });
    expect(shared.code).toBe(0);
    expect(shared.stderr).toMatch(/receipt could not be kept here/);
    expect(await who.ots(['reveal', link])).toMatchObject({ code: 0, text: 'the secret', stderr: '' });
    expect((await who.ots(['burn', shared.text.trim()])).code).toBe(0);
  }));

test('a list of receipts that is somewhere else, and damaged: it stays a link, and every byte of it stays', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const link = await who.share('x', ['--label', 'mine']);
    const list = join(who.state, 'receipts.jsonl');
    const elsewhere = join(who.home, 'elsewhere');
    const damaged = `\u0000\u0000{"half": \n{}\n[]\n${readFileSync(list, 'utf8')}not JSON\u0000`;
    writeFileSync(elsewhere, damaged);
    rmSync(list);
    symlinkSync(elsewhere, list);
    await who.share('y');
    expect((await who.ots(['burn', link])).text).toMatch(/^burned\tlist\t/);
    expect((await who.ots(['receipts', '--json'])).rows).toMatchObject([
      { label: 'mine', state: 'burned' },
      { label: null, state: 'new' },
    ]);
    expect(readFileSync(elsewhere, 'utf8').startsWith(`${damaged}\n`)).toBe(true);
  }));

test('a file where recovered/ should be: reveal works, the file stays, a failed delivery is printed', () =>
  withLink(async (who, link, server) => {
    mkdirSync(who.state, { recursive: true });
    writeFileSync(join(who.state, 'recovered'), 'not yours');
    const another = await person(server.url).share('x');
    expect(await who.ots(['reveal', another])).toMatchObject({ code: 0, text: 'x', stderr: '' });
    const failed = await inShell(who, `ots reveal '${link}' > /dev/full`);
    expect(await who.ots(['decrypt', '--link', link], { stdin: failed.stderr })).toMatchObject({
      text: 'the secret',
    });
    expect((await who.ots(['receipts'])).code).toBe(0);
    expect(readFileSync(join(who.state, 'recovered'), 'utf8')).toBe('not yours');
  }));

test('recovered/ reached by another way is recovered/ all the same', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const link = await who.share('as the server gave it', ['--plain']);
    await inShell(who, `ots reveal '${link}' > /dev/full`);
    const [name = ''] = who.recovered();
    expect(name).toMatch(/\.txt$/);
    symlinkSync(join(who.state, 'recovered'), join(who.folder, 'here'));
    const opened = await who.ots(['decrypt', join('here', name)]);
    expect(opened).toMatchObject({ code: 0, text: 'as the server gave it' });
    expect(who.recovered()).toEqual([]);
  }));

test(
  'whatever is in servers.json, it is only a cache',
  () =>
    withServer(async (server) => {
      const who = person(server.url);
      await who.share('x');
      const file = join(who.home, 'cache', 'ots', 'servers.json');
      const known = readFileSync(file, 'utf8');
      const entry = (facts: unknown): string => JSON.stringify({ [server.url]: facts });
      for (const content of [
        '',
        '{',
        'null',
        '[]',
        '7',
        '\u0000',
        entry(null),
        entry('x'),
        entry([]),
        entry({}),
      ]) {
        writeFileSync(file, content);
        const link = await who.share('y');
        expect(await who.ots(['reveal', link]), content).toMatchObject({ code: 0, text: 'y' });
      }
      const facts = (JSON.parse(known) as Record<string, object>)[server.url];
      for (const odd of [
        { claimSeconds: 'x' },
        { maxTextBytes: -1 },
        { maxTextBytes: 1e300 },
        { generation: 'odd' },
      ]) {
        writeFileSync(file, entry({ ...facts, ...odd }));
        const link = await who.share('z');
        expect(await who.ots(['reveal', link]), JSON.stringify(odd)).toMatchObject({ code: 0, text: 'z' });
      }
    }),
  60_000,
);

for (const [how, redirected] of [
  ['closed', '2>&-'],
  ['full', '2> /dev/full'],
] as const) {
  test(`standard error ${how}: a key or passphrase that only it would have carried is missed`, () =>
    withServer(async (server) => {
      const who = person(server.url);
      const expected = { code: how === 'closed' ? 2 : 9 };
      expect(await inShell(who, `printf x | ots encrypt ${redirected}`)).toMatchObject(expected);
      for (const more of ['', '--count 2'])
        expect(
          await inShell(who, `printf x | ots share --generate-passphrase ${more} ${redirected}`),
        ).toMatchObject(expected);
      if (how === 'closed') expect(server.conceals()).toBe(0);
      const json = await inShell(who, `printf x | ots share --generate-passphrase --json ${redirected}`);
      expect(json.code).toBe(0);
      expect(json.text).toContain('generated_passphrase');
      expect(await inShell(who, `printf x | ots share ${redirected}`)).toMatchObject({ code: 0 });
    }));
}
