/** config.toml: what is read, what is refused and where, and that changing one line leaves all others. */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { changeConfig, changesFor, readConfig } from '../../src/local/config.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ots-config-'));
  path = join(folder, 'config.toml');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const TEXT = `# mine
region = "us"   # far away
timeout = 5
profile = 'work'

# at work
[profiles.work]
server = "https://secrets.example.com"
username = "me@example.com"

[profiles."at home"]
region = "eu"
`;

test('reads the top, the profiles, and which one is the default', async () => {
  writeFileSync(path, TEXT);
  const config = await readConfig(folder);
  expect(config).toMatchObject({ defaultProfile: 'work', top: { region: 'us', timeout: '5' } });
  expect([...(config?.profiles ?? [])]).toEqual([
    ['work', { server: 'https://secrets.example.com', username: 'me@example.com' }],
    ['at home', { region: 'eu' }],
  ]);
});

test('no file is no configuration', async () => {
  expect(await readConfig(folder)).toBeUndefined();
  expect(await readConfig(join(folder, 'missing', 'folder'))).toBeUndefined();
});

test.each([
  ['region = "us"\nserver = https://x\n', 2, /not TOML/],
  ['region = "us"\n\nsevrer = "https://x"\n', 3, /no setting of this name; there are server/],
  ['[profiles.a]\nregion = "us"\n[profiles.b]\nregoin = "eu"\n', 4, /no setting/],
  ['token = "hunter2"\n', 1, /token does not belong/],
  ['[profiles.a]\napi_token = "hunter2"\n', 2, /token does not belong/],
  ['\nregion = ["us"]\n', 2, /text in quotes/],
  ['server = "https://x"\nregion = "us"\n', 2, /exclude each other/],
  ['profile = 3\n', 1, /name of a profile/],
])('%j is refused, with the line', async (text, line, why) => {
  writeFileSync(path, text);
  const refused = await readConfig(folder).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'usage' });
  expect((refused as Error).message).toContain(`${path}:${line}: `);
  expect((refused as Error).message).toMatch(why);
  expect((refused as Error).message).not.toContain('hunter2');
});

test('changing a value keeps comments, order and everything else', async () => {
  writeFileSync(path, TEXT);
  await changeConfig(folder, changesFor('work', { username: 'you "there"' }), Date.now);
  expect(readFileSync(path, 'utf8')).toBe(TEXT.replace('"me@example.com"', '"you \\"there\\""'));
  await changeConfig(folder, changesFor(undefined, { timeout: '7s' }), Date.now);
  await changeConfig(folder, changesFor(undefined, { region: 'ca' }), Date.now);
  expect(readFileSync(path, 'utf8')).toContain('# mine\nregion = "ca"   # far away\ntimeout = "7s"\n');
});

test('a new value goes to the end of its table, a new profile to the end of the file', async () => {
  writeFileSync(path, TEXT);
  await changeConfig(folder, changesFor(undefined, { ttl: '1d' }), Date.now);
  await changeConfig(folder, changesFor('work', { api: 'v2' }), Date.now);
  await changeConfig(folder, changesFor('new', { region: 'nz', ttl: '2d' }), Date.now);
  expect(readFileSync(path, 'utf8')).toBe(
    `${TEXT.replace("'work'\n", '\'work\'\nttl = "1d"\n').replace('me@example.com"\n', 'me@example.com"\napi = "v2"\n')}
[profiles.new]
region = "nz"
ttl = "2d"
`,
  );
});

test('a server replaces a region in the same table, and the other way round', async () => {
  await changeConfig(folder, changesFor(undefined, { region: 'us' }), Date.now);
  await changeConfig(folder, changesFor(undefined, { server: 'https://x.example' }), Date.now);
  expect(readFileSync(path, 'utf8')).toBe('server = "https://x.example"\n');
  await changeConfig(folder, changesFor(undefined, { region: 'us' }), Date.now);
  expect(readFileSync(path, 'utf8')).toBe('region = "us"\n');
});

test('what cannot be changed line by line is refused and stays as it was', async () => {
  const text = 'profiles = { work = { region = "us" } }\n';
  writeFileSync(path, text);
  await expect(changeConfig(folder, changesFor('work', { region: 'eu' }), Date.now)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('does not change') as string,
  });
  expect(readFileSync(path, 'utf8')).toBe(text);
});

test('a file that is broken is not changed', async () => {
  writeFileSync(path, 'region = us\n');
  await expect(changeConfig(folder, changesFor(undefined, { ttl: '1d' }), Date.now)).rejects.toThrow(/:1: /);
  expect(readFileSync(path, 'utf8')).toBe('region = us\n');
});

test('the file is private, also when it was not, and a symbolic link to it stays one', async () => {
  const real = join(folder, 'dotfiles', 'ots.toml');
  mkdirSync(join(folder, 'dotfiles'));
  writeFileSync(real, 'region = "us"\n');
  chmodSync(real, 0o644);
  symlinkSync(real, path);
  await changeConfig(folder, changesFor(undefined, { region: 'eu' }), Date.now);
  expect(lstatSync(path).isSymbolicLink()).toBe(true);
  expect(readFileSync(real, 'utf8')).toBe('region = "eu"\n');
  expect(statSync(real).mode & 0o777).toBe(0o600);
});

test('a lock that a killed program left behind is taken over', async () => {
  writeFileSync(`${path}.lock`, 'of the dead');
  const longAgo = Date.now() / 1000 - 60;
  utimesSync(`${path}.lock`, longAgo, longAgo);
  await changeConfig(folder, changesFor(undefined, { region: 'eu' }), Date.now);
  expect(readFileSync(path, 'utf8')).toBe('region = "eu"\n');
});
