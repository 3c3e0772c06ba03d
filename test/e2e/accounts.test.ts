/** Configuration, profiles and accounts, as people use them: nothing unverified is kept, no token goes elsewhere. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ACCOUNT, withAccountServer } from '../support/account-server.ts';
import { type Person, person, withServer } from '../support/program.ts';
import { onTerminal } from '../support/pty.ts';
import { serve } from '../support/remote-serve.ts';

const folderOf = (who: Person): string => join(who.home, 'config', 'ots');
const LOGIN = ['login', '--username', ACCOUNT.username];

function writeConfig(who: Person, text: string): void {
  mkdirSync(folderOf(who), { recursive: true, mode: 0o700 });
  writeFileSync(join(folderOf(who), 'config.toml'), text, { mode: 0o600 });
}

test('the configured server is used; profile, environment and flags come before it', () =>
  withServer(async (top) =>
    withServer(async (work) => {
      const who = person();
      writeConfig(who, `server = "${top.url}"\nttl = "2h"\n[profiles.work]\nserver = "${work.url}"\n`);
      const shared = async (args: string[] = [], env = {}) =>
        (await who.ots(['share', '--json', ...args], { stdin: 'x', env })).rows[0];
      expect(await shared()).toMatchObject({ server: top.url, ttl: 7200 });
      expect(await shared(['--profile', 'work'])).toMatchObject({ server: work.url, ttl: 7200 });
      expect(await shared([], { OTS_PROFILE: 'work' })).toMatchObject({ server: work.url });
      expect(await shared(['--profile', 'work'], { OTS_SERVER: top.url })).toMatchObject({ server: top.url });
      expect(await shared(['--server', top.url, '--profile', 'work', '--ttl', '1h'])).toMatchObject({
        server: top.url,
        ttl: 3600,
      });
      expect(await who.ots(['config', 'set', 'profile', 'work'])).toMatchObject({ code: 0 });
      expect(await shared()).toMatchObject({ server: work.url });
    }),
  ));

test('a region in the profile comes before a server at the top', async () => {
  const who = person();
  writeConfig(who, 'server = "http://127.0.0.1:1"\nusername = "me"\n[profiles.us]\nregion = "us"\n');
  const asked = await who.ots(['whoami', '--profile', 'us']);
  expect(asked).toMatchObject({ code: 5 });
  expect(asked.stderr).toContain('not logged in at https://us.onetimesecret.com');
});

test('a broken file, an unknown key, an unknown profile: an error that says where, and nothing is sent', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const share = (args: string[] = []) => who.ots(['share', ...args], { stdin: 'x' });
    writeConfig(who, 'region = "eu"\nserver = \n');
    expect(await share()).toMatchObject({ code: 2, stderr: expect.stringContaining('config.toml:2: ') });
    writeConfig(who, 'colour = "red"\n');
    expect(await share()).toMatchObject({ code: 2, stderr: expect.stringContaining('config.toml:1: ') });
    writeConfig(who, 'region = "atlantis"\n');
    expect(await share()).toMatchObject({ code: 2, stderr: expect.stringMatching(/config\.toml: region: /) });
    writeConfig(who, '[profiles.one]\n[profiles.two]\n');
    const unknown = await share(['--profile', 'three']);
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('one, two') });
    expect(server.asked).toHaveLength(0);
  }));

test('a relative ca_file is looked for beside the file that names it', async () => {
  const who = person('http://127.0.0.1:1');
  writeConfig(who, 'ca_file = "ca.pem"\n');
  expect(await who.ots(['whoami'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/toml: ca_file: /),
  });
  writeFileSync(join(folderOf(who), 'ca.pem'), '');
  expect(await who.ots(['whoami'])).toMatchObject({ code: 5 });
});

test('config: set, get, list, unset, path; values are checked before they are written', async () => {
  const who = person();
  const run = (...args: string[]) => who.ots(['config', ...args]);
  expect(await run('set', 'server', 'https://a.example')).toMatchObject({ code: 0, text: '' });
  expect(await run('set', '--profile', 'us', 'region', 'us')).toMatchObject({ code: 0 });
  expect(await run('get', 'server')).toMatchObject({ code: 0, text: 'https://a.example\n' });
  expect(await run('get', 'region')).toMatchObject({ code: 3, text: '' });
  expect(await run('get', 'region', '--profile', 'us')).toMatchObject({ text: 'us\n' });
  expect((await run('list', '--json')).rows).toEqual([
    { profile: null, key: 'server', value: 'https://a.example' },
    { profile: 'us', key: 'region', value: 'us' },
  ]);
  expect(await run('unset', 'server')).toMatchObject({ code: 0 });
  expect(await run('list')).toMatchObject({ text: 'us\tregion\tus\n' });
  const path = join(folderOf(who), 'config.toml');
  expect(await run('path')).toMatchObject({ text: `${path}\n` });
  expect([statSync(folderOf(who)).mode & 0o777, statSync(path).mode & 0o777]).toEqual([0o700, 0o600]);
  const before = readFileSync(path, 'utf8');
  for (const wrong of [
    ['set', 'region', 'atlantis'],
    ['set', 'server', 'ftp://x'],
    ['set', 'timeout', 'soon'],
    ['set', 'api', 'v9'],
    ['set', 'ttl', ''],
    ['set', 'profile', 'none'],
    ['set', 'colour', 'red'],
    ['set', 'region'],
    ['unset'],
    ['frobnicate'],
  ]) {
    expect(await run(...wrong), wrong.join(' ')).toMatchObject({ code: 2, text: '' });
  }
  const token = await run('set', 'token', 'hunter2');
  expect(token).toMatchObject({ code: 2, stderr: expect.stringContaining('ots login') });
  expect(token.stderr).not.toContain('hunter2');
  expect(readFileSync(path, 'utf8')).toBe(before);
});

test('twenty programs that set something at once all succeed', async () => {
  const who = person();
  const numbers = Array.from({ length: 20 }, (_, index) => index);
  const runs = await Promise.all(
    numbers.map((n) => who.ots(['config', 'set', '--profile', `p${n}`, 'ttl', `${n + 1}h`])),
  );
  expect(runs.map(({ code }) => code)).toEqual(numbers.map(() => 0));
  const rows = (await who.ots(['config', 'list', '--json'])).rows;
  expect(new Map(rows.map(({ profile, value }) => [profile, value]))).toEqual(
    new Map(numbers.map((n) => [`p${n}`, `${n + 1}h`])),
  );
  expect(readdirSync(folderOf(who))).toEqual(['config.toml']);
});

test('two programs that share at once both leave a receipt', () =>
  withServer(async ({ url }) => {
    const who = person(url);
    await Promise.all([who.share('one'), who.share('two')]);
    expect((await who.ots(['receipts', '--json'])).rows).toHaveLength(2);
  }));

test('without a keyring a verified token is kept in a private file, used, and removed again', () =>
  withAccountServer(async (url) => {
    const who = person();
    const login = await who.ots([...LOGIN, '--server', url], { stdin: `${ACCOUNT.token}\n` });
    expect(login, login.stderr).toMatchObject({ code: 0, text: '' });
    const file = join(folderOf(who), 'credentials.json');
    expect(login.stderr).toContain(file);
    expect(login.stderr).not.toContain(ACCOUNT.token);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folderOf(who), 'config.toml'), 'utf8')).not.toContain(ACCOUNT.token);
    expect((await who.ots(['whoami', '--json'])).rows).toEqual([
      { server: url, username: ACCOUNT.username, profile: null, token_from: 'file' },
    ]);
    // Only an account gets more than a week.
    const shared = await who.ots(['share', '--ttl', '20d', '--json'], { stdin: 'x' });
    expect(shared.rows[0]).toMatchObject({ ttl: 20 * 86_400 });
    const logout = await who.ots(['logout']);
    expect(logout).toMatchObject({ code: 0, stderr: expect.stringContaining('still accepts it') });
    expect(readFileSync(file, 'utf8')).not.toContain(ACCOUNT.token);
    expect(await who.ots(['whoami'])).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('ots login'),
    });
    expect(await who.ots(['logout', '--json'])).toMatchObject({ code: 0 });
  }));

test('a token that the server refuses is kept nowhere', () =>
  withAccountServer(async (url) => {
    const who = person(url);
    const login = await who.ots(LOGIN, { stdin: 'another-token-altogether' });
    expect(login).toMatchObject({ code: 5 });
    expect(login.stderr).not.toContain('another-token');
    expect(existsSync(folderOf(who))).toBe(false);
    expect(await who.ots(LOGIN, { stdin: '' })).toMatchObject({ code: 2 });
    expect(await who.ots(['login'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--username'),
    });
    expect(await who.ots([...LOGIN, '--server', 'http://192.0.2.1', '--allow-http'])).toMatchObject({
      code: 2,
    });
    expect(existsSync(folderOf(who))).toBe(false);
  }));

test('the environment logs in too, into a profile of its own', () =>
  withAccountServer(async (url) => {
    const who = person();
    const env = { OTS_USERNAME: ACCOUNT.username, OTS_TOKEN: ACCOUNT.token };
    const login = await who.ots(['login', '--profile', 'work', '--server', url, '--json'], { env });
    expect(login.rows).toEqual([
      { server: url, username: ACCOUNT.username, profile: 'work', token_from: 'file' },
    ]);
    expect(await who.ots(['whoami', '--profile', 'work'])).toMatchObject({ text: `${ACCOUNT.username}\n` });
    expect(await who.ots(['whoami', '--server', url, '--json'], { env })).toMatchObject({
      rows: [{ token_from: 'environment' }],
    });
  }));

test('logging out with a profile that shares the account at the top leaves no account behind', () =>
  withAccountServer(async (url) => {
    const who = person();
    await who.ots([...LOGIN, '--server', url], { stdin: ACCOUNT.token });
    await who.ots(['config', 'set', '--profile', 'short', 'ttl', '1h']);
    expect(await who.ots(['logout', '--profile', 'short'])).toMatchObject({ code: 0 });
    expect((await who.ots(['config', 'list', '--json'])).rows).toEqual([
      { profile: null, key: 'server', value: url },
      { profile: 'short', key: 'ttl', value: '1h' },
    ]);
    expect((await who.ots(['share'], { stdin: 'x' })).stderr).not.toContain('account');
  }));

test('a kept token goes to the server that it was verified with and to no other', () =>
  withAccountServer(async (url) => {
    const who = person();
    await who.ots([...LOGIN, '--server', url], { stdin: ACCOUNT.token });
    const other = await serve(() => ({ status: 404, headers: {}, body: '' }));
    try {
      const ways: [string[], Record<string, string>][] = [
        [['--server', other.url], {}],
        [[], { OTS_SERVER: other.url }],
      ];
      for (const [args, env] of ways) await who.ots(['share', ...args], { stdin: 'x', env });
      // Also when the file is edited to name another server.
      writeConfig(who, `server = "${other.url}"\nusername = "${ACCOUNT.username}"\n`);
      const shared = await who.ots(['share'], { stdin: 'x' });
      expect(shared.stderr).toContain('without an account');
      expect(other.asked.length).toBeGreaterThan(2);
      expect(other.asked.filter(({ headers }) => 'authorization' in headers)).toEqual([]);
    } finally {
      await other.close();
    }
  }));

test('login on a terminal shows the user name and not the token', () =>
  withAccountServer(async (url) => {
    const who = person(url);
    const terminal = onTerminal(who, 'ots login');
    await terminal.waitFor('User name');
    terminal.type(`${ACCOUNT.username}\r`);
    await terminal.waitFor('API token (not shown):');
    terminal.type(`${ACCOUNT.token}\r`);
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen).toContain(ACCOUNT.username);
    expect(terminal.screen).not.toContain(ACCOUNT.token);
    expect(await who.ots(['whoami'])).toMatchObject({ code: 0, text: `${ACCOUNT.username}\n` });
  }));

test('a mistyped command is corrected, and help for config begins with an example', async () => {
  const who = person();
  expect(await who.ots(['confg'])).toMatchObject({ code: 2, stderr: expect.stringContaining('config') });
  expect((await who.ots(['help', 'config'])).text).toMatch(/^ {2}\$ ots config set/);
});

test('a message bus that never answers: the file is used, once the time is over', () =>
  withAccountServer(async (url) => {
    const { createServer } = await import('node:net');
    const who = person(url);
    const path = join(who.home, 'bus');
    const bus = createServer(() => undefined).listen(path);
    try {
      const env = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}` };
      const login = await who.ots([...LOGIN, '--timeout', '2', '--json'], { stdin: ACCOUNT.token, env });
      expect(login.rows).toMatchObject([{ token_from: 'file' }]);
    } finally {
      bus.close();
    }
  }));
