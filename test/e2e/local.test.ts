/** What needs no server, or is one: receipts, encrypt and decrypt, serve, try, help. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROGRAM, partsOf, person, run, withServer } from '../support/program.ts';

const FRAGMENT = /^[1-9A-HJ-NP-Za-km-z]{49}\n$/;

test('receipts: rows for pipes, JSON, nothing secret', () =>
  withServer(async (server) => {
    const who = person(server.url);
    expect(await who.ots(['receipts'])).toMatchObject({ code: 0, text: '', stderr: '' });
    const link = await who.share('x', ['--label', 'tab\there', '--gate']);
    await who.share('y');
    await who.ots(['reveal', link]);
    const listed = await who.ots(['list']);
    const rows = listed.text
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    expect(rows.map((row) => row.length)).toEqual([6, 6]);
    expect(rows[0]?.slice(1, 4)).toEqual(['tab here', new URL(server.url).host, 'revealed']);
    const json = await who.ots(['receipts', '--json']);
    expect(json.rows[0]).toEqual({
      server: server.url,
      receipt_id: rows[0]?.[5],
      secret_id: partsOf(link).id,
      created_at: rows[0]?.[0],
      expires_at: rows[0]?.[4],
      label: 'tab\there',
      encrypted: true,
      has_passphrase: false,
      gated: true,
      state: 'revealed',
    });
    appendFileSync(join(who.state, 'receipts.jsonl'), '{"torn');
    expect((await who.ots(['receipts'])).text).toBe(listed.text);
  }));

test('encrypt and decrypt: text on stdout, key on stderr or in a private file', async () => {
  const who = person();
  writeFileSync(join(who.folder, 'notes.txt'), 'my notes\n');
  const sealed = await who.ots(['encrypt', 'notes.txt']);
  expect(sealed.text).toMatch(/^ots1\.[\w-]+\.\n$/);
  expect(sealed.stderr).toMatch(FRAGMENT);
  const mail = `> See below\n>\n${sealed.text.replace(/(.{60})/g, '$1\n')}\n-- \nsent from afar`;
  const opened = await who.ots(['decrypt', '--link', sealed.stderr.trim()], { stdin: mail });
  expect(opened).toMatchObject({ code: 0, text: 'my notes\n', stderr: '' });

  const toFile = await who.ots(['encrypt', '--key-file', 'key'], { stdin: Buffer.of(1, 0, 255) });
  expect(toFile).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(join(who.folder, 'key'), 'utf8')).toMatch(FRAGMENT);
  expect(statSync(join(who.folder, 'key')).mode & 0o777).toBe(0o600);
  expect(await who.ots(['encrypt', '--key-file', 'key'], { stdin: 'x' })).toMatchObject({
    code: 2,
    text: '',
  });
  writeFileSync(join(who.folder, 'text.ots'), toFile.stdout);
  const bytes = await who.ots(['decrypt', 'text.ots', '--key-file', 'key', '--json']);
  expect(bytes.rows[0]).toMatchObject({ value_base64: 'AQD/', filename: null });
  const named = await who.ots(['decrypt', '-O', '--link', sealed.stderr.trim()], { stdin: sealed.text });
  expect(named.stderr).toMatch(/saved as .*notes-1\.txt/);
});

test('decrypt: the wrong key, no key, a wrong passphrase, a mistyped one, no text at all', async () => {
  const who = person();
  const env = { OTS_PASSPHRASE: 'a passphrase' };
  const [one, other] = await Promise.all([
    who.ots(['encrypt', '--json'], { stdin: 'one', env }),
    who.ots(['encrypt', '--json'], { stdin: 'other' }),
  ]);
  const { text, fragment } = one.rows[0];
  const decrypt = (key: string, stdin: string, more = {}) =>
    who.ots(['decrypt', '--link', key], { stdin, ...more });
  expect(await decrypt(fragment, text, { env })).toMatchObject({ code: 0, text: 'one' });
  const wrong = await decrypt(fragment, text, { env: { OTS_PASSPHRASE: 'another one' } });
  expect(wrong).toMatchObject({ code: 4, text: '' });
  expect(await decrypt(fragment, text)).toMatchObject({ code: 2, text: '' });
  expect(await decrypt(other.rows[0].fragment, text)).toMatchObject({ code: 9, text: '' });
  expect(await decrypt(fragment.slice(1), text)).toMatchObject({ code: 2, text: '' });
  expect(await who.ots(['decrypt'], { stdin: text })).toMatchObject({ code: 2, text: '' });
  for (const stdin of ['', 'hello', 'ots1.', Buffer.of(0xff)]) {
    const nothing = await who.ots(['decrypt', '--link', other.rows[0].fragment], { stdin });
    expect(nothing).toMatchObject({ code: 9, text: '' });
  }
});

test('serve: one line when ready, a used port is an error, SIGTERM ends it with 0', async () => {
  const who = person();
  const child = spawn(process.execPath, [PROGRAM, 'serve', '--port', '0'], { env: who.env, cwd: who.folder });
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const url = /^listening on (http:\/\/127\.0\.0\.1:\d+) \(store: memory\)\n$/.exec(line.toString())?.[1];
    expect(url).toBeDefined();
    const link = await who.share('x', ['--server', url ?? '']);
    expect(await who.ots(['reveal', link])).toMatchObject({ code: 0, text: 'x' });
    const taken = await who.ots(['serve', '--port', new URL(url ?? '').port]);
    expect(taken).toMatchObject({ code: 2, text: '' });
    expect(taken.stderr).toMatch(/already in use/);
    const rest = once(child, 'close');
    child.kill('SIGTERM');
    expect(await rest).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
});

test('try tells the whole story with the reader’s own secret', async () => {
  const who = person();
  const script = 'printf "my very own secret" | "$0" "$@"';
  const told = await run('/bin/sh', ['-c', script, process.execPath, PROGRAM, 'try'], {
    env: who.env,
    cwd: who.folder,
  });
  expect(told).toMatchObject({ code: 0, stderr: '' });
  for (const part of [
    '$ ots share',
    '$ ots status',
    '$ ots reveal',
    '$ ots burn',
    'gone',
    'passphrase',
    'my very own secret',
  ]) {
    expect(told.text).toContain(part);
  }
  expect(await who.ots(['receipts'])).toMatchObject({ text: '' });
});

test('help is short, with an example first; wrong words name the right ones', async () => {
  const who = person();
  const help = await Promise.all([who.ots([]), who.ots(['help']), who.ots(['-h']), who.ots(['--help'])]);
  for (const { code, text, stderr } of help) {
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(text).toMatch(/^Hand a secret[^\n]*\n\n {2}\$ /);
    expect(text).toMatch(/\breveal\b/);
  }
  for (const args of [
    ['help', 'share'],
    ['share', '-h'],
  ]) {
    const { code, text } = await who.ots(args);
    expect(code).toBe(0);
    expect(text).toMatch(/^ {2}\$ [\s\S]*--ttl/);
  }
  expect((await who.ots(['--version'])).text).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
  expect((await who.ots(['shaer'])).stderr).toMatch(/did you mean share/);
  expect((await who.ots(['share', '--tll', '1d'])).stderr).toMatch(/--tll.*\n.*did you mean --ttl/);
  const link = `https://eu.onetimesecret.com/secret/${'b8'.repeat(31)}#${'9'.repeat(49)}`;
  const alone = await who.ots([link]);
  expect(alone).toMatchObject({ code: 2, text: '' });
  expect(alone.stderr).toMatch(/ots reveal LINK/);
  expect(alone.stderr).not.toContain('9999');
  const json = await who.ots(['shaer', '--json']);
  expect(json.rows).toMatchObject([{ error: { code: 'usage', exit_code: 2 } }]);
});

test('OTS_DEBUG logs requests and stacks without anything secret', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const env = { OTS_DEBUG: '1', OTS_PASSPHRASE: 'debug passphrase' };
    const shared = await who.ots(['share', '--json', '--api', 'v3'], { stdin: 'debug secret', env });
    const { link, secret_id, receipt_id } = shared.rows[0];
    const runs = [
      shared,
      await who.ots(['status', link], { env }),
      await who.ots(['reveal', link], { env: { ...env, OTS_PASSPHRASE: 'a wrong passphrase' } }),
      await who.ots(['reveal', link, '-o', 'missing/x'], { env }),
      await who.ots(['reveal', link.slice(0, -1)], { env }),
      await who.ots(['reveal', link], { env, deaf: true }),
      await who.ots(['share', 'debug secret'], { env }),
      await who.ots(['shar', link], { env }),
    ];
    const gate = JSON.parse(server.asked[0]?.body ?? '').secret.passphrase as string;
    const { fragment } = partsOf(link);
    const log = runs.map(({ stderr }) => stderr).join('');
    expect(log).toMatch(/POST \/api\/v3\/guest\/secret\/conceal 200/);
    expect(log).toMatch(/\n {4}at /);
    for (const word of [
      'debug passphrase',
      'debug secret',
      'wrong passphrase',
      fragment,
      fragment.slice(0, -1),
      gate,
      secret_id,
      receipt_id,
    ]) {
      expect(log).not.toContain(word);
    }
  }));
