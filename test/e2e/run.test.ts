/** `ots run`: secrets in a command's environment, and hidden in a runner's log. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PROGRAM, person, run, withServer } from '../support/program.ts';

const given = (name: string, link: string): string[] => ['--env', `${name}=${link}`];
const NO_NEWS = { code: 0, stderr: '' };

describe('the environment of the command', () => {
  test('holds each secret under its name, without one final newline', () =>
    withServer(async (server) => {
      const who = person(server.url);
      const one = await who.share('one\n');
      const two = await who.share('a\nb\n\n');
      const args = [
        ...given('ONE', one),
        ...given('TWO', two),
        '--',
        'sh',
        '-c',
        'printf "%s|%s|" "$ONE" "$TWO"',
      ];
      expect(await who.ots(['run', ...args])).toMatchObject({ ...NO_NEWS, text: 'one|a\nb\n|' });
      expect(server.reveals()).toBe(2);
      expect(who.recovered()).toEqual([]);
    }));

  test('keeps the newline with --raw, and takes ordinary links', () =>
    withServer(async (server) => {
      const who = person(server.url);
      const link = await who.share('plain\n', ['--plain', '--quiet']);
      const ran = await who.ots(['run', '--raw', ...given('A', link), '--', 'sh', '-c', 'printf %s "$A"']);
      expect(ran).toMatchObject({ ...NO_NEWS, text: 'plain\n' });
    }));

  test('takes links from lines of a file, and from variables that hold them', () =>
    withServer(async (server) => {
      const who = person(server.url);
      const file = [`# two`, '', `  A=${await who.share('from file')}\r`, 'B'].join('\n');
      writeFileSync(join(who.folder, 'links'), file);
      const env = { B: await who.share('from B'), C: await who.share('from C') };
      const script = 'printf "%s|%s|%s" "$A" "$B" "$C"';
      const ran = await who.ots(['run', '--env-file', 'links', '--env', 'C', '--', 'sh', '-c', script], {
        env,
      });
      expect(ran).toMatchObject({ ...NO_NEWS, text: 'from file|from B|from C' });
    }));

  test('lacks what is meant for ots alone, unless it was asked for by name', () =>
    withServer(async (server) => {
      const who = person(server.url);
      const secrets = { OTS_PASSPHRASE: 'for ots alone', OTS_SERVE_TOKEN: 'serve-token', KEPT: 'kept' };
      const env = { ...secrets, A: await who.share('value') };
      const { text } = await who.ots(['run', '--env', 'A', '--', 'env'], { env });
      expect(text).toMatch(/^A=value$/m);
      expect(text).toMatch(/^KEPT=kept$/m);
      expect(text).not.toMatch(/^OTS_(?:PASSPHRASE|SERVE_TOKEN|TOKEN)=/m);
      const link = await who.share('for the command');
      const named = await who.ots(['run', ...given('OTS_PASSPHRASE', link), '--', 'env'], { env: secrets });
      expect(named.text).toMatch(/^OTS_PASSPHRASE=for the command$/m);
    }));

  test('lacks the account token', () =>
    withServer(async (server) => {
      const link = await person(server.url).share('value');
      // Of another server, so that this one needs to know nothing of it.
      const env = { OTS_USERNAME: 'somebody', OTS_TOKEN: 'account-token' };
      const who = person('http://127.0.0.1:1');
      const { text, stderr } = await who.ots(['run', ...given('A', link), '--', 'env'], { env });
      expect(text, stderr).toMatch(/^A=value$/m);
      expect(text).not.toContain('account-token');
    }));

  test('holds secrets with passphrases, from a file', () =>
    withServer(async (server) => {
      const who = person(server.url);
      writeFileSync(join(who.folder, 'words'), 'a long passphrase');
      const sealed = await who.share('sealed', ['--passphrase-file', 'words']);
      const plain = await who.share('plain', ['--plain', '--quiet', '--passphrase-file', 'words']);
      const open = await who.share('open', ['--gate']);
      const links = [...given('A', sealed), ...given('B', plain), ...given('C', open)];
      const script = 'printf "%s|%s|%s" "$A" "$B" "$C"';
      const ran = await who.ots(['run', ...links, '--passphrase-file', 'words', '--', 'sh', '-c', script]);
      expect(ran).toMatchObject({ ...NO_NEWS, text: 'sealed|plain|open' });
    }));
});

describe('the command', () => {
  const env = { SCRIPT: 'cat; echo to stderr >&2; exit 7' };

  test('has the standard streams as they are, and its exit code is ours', () =>
    withServer(async (server) => {
      const who = person(server.url);
      const link = await who.share('x');
      const stdin = Buffer.from([0, 255, 10, 13]);
      const ran = await who.ots(['run', ...given('A', link), '--', 'sh', '-c', env.SCRIPT], { stdin });
      expect(ran).toMatchObject({ code: 7, stderr: 'to stderr\n' });
      expect(ran.stdout).toEqual(stdin);
    }));

  test('gets every word behind --, options and further dashes included', () =>
    withServer(async (server) => {
      const who = person(server.url);
      const words = ['--json', '--', '-x', '', 'a b'];
      const ran = await who.ots([
        'run',
        ...given('A', await who.share('x')),
        '--',
        'printf',
        '<%s>',
        ...words,
      ]);
      expect(ran).toMatchObject({ ...NO_NEWS, text: '<--json><--><-x><><a b>' });
    }));

  test('ended by a signal gives 128 and its number', () =>
    withServer(async (server) => {
      const who = person(server.url);
      const args = [...given('A', await who.share('x')), '--', 'sh', '-c', 'kill -9 $$'];
      expect(await who.ots(['run', ...args])).toMatchObject({ code: 137, signal: null });
    }));
});

describe('--mask', () => {
  const github = { GITHUB_ACTIONS: 'true' };

  test('is guessed in a job of GitHub: each line of a value is hidden before the command runs', () =>
    withServer(async (server) => {
      const who = person(server.url);
      const link = await who.share('{\n"key": "100%"\r\n}\n');
      const ran = await who.ots(['run', ...given('A', link), '--', 'printf', 'x'], { env: github });
      expect(ran).toMatchObject({ code: 0, text: 'x', stderr: '::add-mask::"key": "100%25"\n' });
    }));

  test('hides short values as well, and is not silenced by --quiet', () =>
    withServer(async (server) => {
      const who = person(server.url);
      const args = ['run', '--quiet', '--mask', 'github', ...given('A', await who.share('7')), '--', 'true'];
      expect(await who.ots(args, { env: github })).toMatchObject({ code: 0, stderr: '::add-mask::7\n' });
    }));

  test.each(['github', 'gitlab', 'jenkins'])(
    '%s is refused by share before anything is shared, where it hides nothing',
    (runner) =>
      withServer(async (server) => {
        const ran = await person(server.url).ots(['share', '--mask', runner], { stdin: 'x' });
        expect(ran).toMatchObject({ code: 2, text: '' });
        expect(server.conceals()).toBe(0);
      }),
  );

  test('can be turned off', () =>
    withServer(async (server) => {
      const who = person(server.url);
      const args = ['run', '--mask', 'none', ...given('A', await who.share('value')), '--', 'true'];
      expect(await who.ots(args, { env: github })).toMatchObject(NO_NEWS);
    }));

  test('in a job of GitLab says that nothing is hidden', () =>
    withServer(async (server) => {
      const who = person(server.url);
      const link = await who.share('value');
      const ran = await who.ots(['run', ...given('A', link), '--', 'true'], { env: { GITLAB_CI: 'true' } });
      expect(ran).toMatchObject({ code: 0, text: '' });
      expect(ran.stderr).toMatch(/^note: GitLab hides no values/);
    }));

  test('writes no value into a file that standard error goes to', () =>
    withServer(async (server) => {
      const who = person(server.url);
      const env = { ...who.env, ...github, LINK: await who.share('value') };
      const script = '"$0" "$1" run --env LINK -- true 2> log';
      const ran = await run('sh', ['-c', script, process.execPath, PROGRAM], { env, cwd: who.folder });
      expect(ran.code).toBe(0);
      expect(readFileSync(join(who.folder, 'log'), 'utf8')).toMatch(
        /^warning: standard error goes to a file/,
      );
    }));
});
