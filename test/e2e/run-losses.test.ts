/** `ots run` when something is wrong: nothing is spent before all is checked, nothing is lost after. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { partsOf, person, type TestServer, withServer } from '../support/program.ts';

const given = (name: string, link: string): string[] => ['--env', `${name}=${link}`];

/** Runs `act` with a link, and expects that its secret is still there afterwards. */
function unspent(act: (who: ReturnType<typeof person>, link: string, server: TestServer) => Promise<void>) {
  return withServer(async (server) => {
    const who = person(server.url);
    const link = await who.share('still there');
    await act(who, link, server);
    expect(server.reveals()).toBe(0);
    expect(await who.ots(['reveal', link])).toMatchObject({ code: 0, text: 'still there' });
    expect(who.recovered()).toEqual([]);
  });
}

describe('nothing is spent', () => {
  test.each([
    ['is not to be found', 'nosuchcommand', 127, 'there is no such command'],
    ['is not at its path', './nosuch', 127, 'there is no such command'],
    ['is a folder', '/', 126, 'cannot be executed'],
    ['may not be executed', './data', 126, 'cannot be executed'],
  ])('when the command %s', (_, command, code, words) =>
    unspent(async (who, link) => {
      writeFileSync(join(who.folder, 'data'), 'x', { mode: 0o644 });
      const ran = await who.ots(['run', ...given('A', link), '--', command]);
      expect(ran).toMatchObject({ code, text: '' });
      expect(ran.stderr).toContain(words);
      const { rows } = await who.ots(['run', '--json', ...given('A', link), '--', command]);
      expect(rows).toMatchObject([{ error: { code: 'usage', exit_code: code } }]);
    }),
  );

  test('when another link is gone, which is named by its variable', () =>
    unspent(async (who, link) => {
      const gone = await who.share('x');
      await who.ots(['burn', gone]);
      const ran = await who.ots(['run', ...given('GOOD', link), ...given('SPENT', gone), '--', 'env']);
      expect(ran).toMatchObject({ code: 3, text: '' });
      expect(ran.stderr).toContain('SPENT: gone');
      expect(ran.stderr).not.toContain('GOOD');
    }));

  test('when another link is damaged', () =>
    unspent(async (who, link) => {
      const damaged = `${(await who.share('x')).slice(0, -3)}`;
      const ran = await who.ots(['run', ...given('GOOD', link), ...given('CUT', damaged), '--', 'env']);
      expect(ran).toMatchObject({ code: 2, text: '' });
      expect(ran.stderr).toContain('CUT: ');
      expect(ran.stderr).not.toContain(partsOf(link).id);
    }));

  test('when the server of another link is down', () =>
    unspent(async (who, link) => {
      const away = link.replace(/:\d+\//, ':1/').replace(/#.*/, '');
      const ran = await who.ots(['run', ...given('GOOD', link), ...given('AWAY', away), '--', 'env']);
      expect(ran).toMatchObject({ code: 6, text: '' });
      expect(ran.stderr).toContain('AWAY: could not connect');
    }));

  test('when a passphrase is missing and nobody can be asked', () =>
    unspent(async (who, link) => {
      const env = { OTS_PASSPHRASE: 'a long passphrase' };
      const locked = await who.share('x', [], { env });
      const ran = await who.ots(['run', ...given('GOOD', link), ...given('LOCKED', locked), '--', 'env']);
      expect(ran).toMatchObject({ code: 2, text: '' });
      expect(ran.stderr).toMatch(/LOCKED: the passphrase is missing.*\n.*--passphrase-file/);
    }));

  test.each([
    ['a name that is none', (link: string) => given('1A', link), 'NAME=LINK'],
    ['a name alone without a value', () => ['--env', 'UNSET'], 'UNSET has no link'],
    ['a name twice', (link: string) => [...given('A', link), ...given('A', link)], 'A is given twice'],
    [
      'a link twice',
      (link: string) => [...given('A', link), ...given('B', link)],
      'A and B have the same link',
    ],
    ['a variable that steers programs', (link: string) => given('LD_PRELOAD', link), 'LD_PRELOAD decides'],
    ['a pipe instead of a file', () => ['--env-file', '/dev/null'], '--env-file takes a file'],
    ['no variable at all', () => [], 'there is no link'],
    [
      'a runner that hides nothing',
      (link: string) => [...given('A', link), '--mask', 'gitlab'],
      'GitLab hides only',
    ],
    [
      'a runner that is not there',
      (link: string) => [...given('A', link), '--mask', 'github'],
      'no job of GitHub',
    ],
  ])('for %s', (_, args, words) =>
    unspent(async (who, link) => {
      const ran = await who.ots(['run', ...args(link), '--', 'env']);
      expect(ran).toMatchObject({ code: 2, text: '' });
      expect(ran.stderr).toContain(words);
    }),
  );

  test('without the dashes before the command', () =>
    unspent(async (who, link) => {
      const ran = await who.ots(['run', ...given('A', link), 'env']);
      expect(ran).toMatchObject({ code: 2, text: '' });
      expect(ran.stderr).toContain('it comes after --');
    }));
});

describe('what was fetched is kept', () => {
  test('when a later secret is spent by somebody else meanwhile', async () => {
    let spoil = async (): Promise<unknown> => undefined;
    const before = async ({ path }: { path: string }): Promise<void> => {
      if (path.endsWith('/reveal')) await spoil();
    };
    await withServer(
      async (server) => {
        const who = person(server.url);
        const first = await who.share('first');
        const second = await who.share('second');
        spoil = async () => {
          spoil = async () => undefined;
          await who.ots(['burn', second]);
        };
        const ran = await who.ots(['run', ...given('A', first), ...given('B', second), '--', 'env']);
        expect(ran).toMatchObject({ code: 3, text: '' });
        expect(ran.stderr).toMatch(/B: the secret is gone.*the command was not run.*A in /);
        const [file = ''] = who.recovered();
        const path = join(who.state, 'recovered', file);
        expect(await who.ots(['decrypt', '--link', first, path])).toMatchObject({ text: 'first' });
        expect(who.recovered()).toEqual([]);
      },
      { before },
    );
  });

  test.each([
    ['that is not UTF-8', Buffer.from([0xff, 0xfe])],
    ['with a NUL byte', 'a\0b'],
  ])('when a value %s can be in no variable', (_, secret) =>
    withServer(async (server) => {
      const who = person(server.url);
      const first = await who.share('first');
      const binary = await who.share(secret);
      const last = await who.share('last');
      const links = [...given('A', first), ...given('BIN', binary), ...given('C', last)];
      const ran = await who.ots(['run', ...links, '--', 'env']);
      expect(ran).toMatchObject({ code: 9, text: '' });
      expect(ran.stderr).toMatch(/BIN: the secret is binary.*A in .*BIN in /);
      expect(who.recovered()).toHaveLength(2);
      expect(server.reveals()).toBe(2);
      expect(await who.ots(['reveal', last])).toMatchObject({ text: 'last' });
    }),
  );

  test('when the command cannot be started after all', () =>
    withServer(async (server) => {
      const who = person(server.url);
      writeFileSync(join(who.folder, 'script'), '#!/nosuch/interpreter\n');
      chmodSync(join(who.folder, 'script'), 0o755);
      const link = await who.share('kept', ['--plain', '--quiet']);
      const ran = await who.ots(['run', ...given('A', link), '--', './script']);
      expect(ran).toMatchObject({ code: 9, text: '' });
      expect(ran.stderr).toMatch(/could not be started.*A in .*\.txt/);
      const [file = ''] = who.recovered();
      expect(readFileSync(join(who.state, 'recovered', file), 'utf8')).toBe('kept');
    }));

  test('on stderr when there is nowhere else', () =>
    withServer(async (server) => {
      const who = person(server.url);
      const link = await who.share('the last copy\n\0', ['--no-receipt']);
      mkdirSync(who.state, { recursive: true });
      writeFileSync(join(who.state, 'recovered'), 'in the way');
      const ran = await who.ots(['run', ...given('A', link), '--', 'env']);
      expect(ran).toMatchObject({ code: 9, text: '' });
      expect(ran.stderr).toMatch(/\bots1\.[\s\S]*A printed above/);
    }));
});

test('an --env-file that is not there spends nothing, whoever says so: Node looks for it before ots does', () =>
  unspent(async (who, link) => {
    const ran = await who.ots(['run', ...given('A', link), '--env-file', 'nosuch', '--', 'env']);
    expect(ran.text).toBe('');
    expect([2, 9]).toContain(ran.code);
  }));
