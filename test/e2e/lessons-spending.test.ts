/** Each test is something that happened to somebody with another program: what was spent, or sent, for nothing. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { MISBEHAVIOURS, withHostile } from '../support/hostile.ts';
import { partsOf, person, withServer } from '../support/program.ts';

test('a wrong passphrase on a one-time secret: the server refuses, nothing is spent', () =>
  withServer(async (server) => {
    const env = { OTS_PASSPHRASE: 'correct horse battery' };
    const link = await person(server.url).share('the secret', [], { env });
    const reader = person();
    const wrong = await reader.ots(['reveal', link], { env: { OTS_PASSPHRASE: 'incorrect horse' } });
    expect(wrong).toMatchObject({ code: 4, text: '' });
    expect(wrong.stderr).toMatch(/passphrase/);
    expect(wrong.stderr).toMatch(/nothing was spent|still there/);
    expect(reader.recovered()).toEqual([]);
    expect(await reader.ots(['reveal', link], { env })).toMatchObject({ code: 0, text: 'the secret' });
  }));

test('a server that answers 500, or refuses the connection: one error, nothing on stdout', async () => {
  await withHostile(MISBEHAVIOURS['500 with JSON'], 'write', async ({ url, writes }) => {
    const failed = await person(url).ots(['share'], { stdin: 'x' });
    expect(failed).toMatchObject({ code: 6, text: '' });
    expect(failed.stderr).toMatch(/500/);
    expect(failed.stderr).not.toMatch(/undefined|\n {4}at /);
    expect(writes()).toHaveLength(1);
  });
  const url = await withServer((server) => Promise.resolve(server.url));
  const refused = await person(url).ots(['share'], { stdin: 'x' });
  expect(refused).toMatchObject({ code: 6, text: '' });
  expect(refused.stderr).toMatch(/could not connect .*refused/);
  expect(refused.stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
});

test('300,000 bytes on stdin: refused before anything is sent, or all of them are', async () => {
  const secret = Buffer.alloc(300_000, 'no two words alike? ');
  for (let at = 0; at < secret.length; at += 7) secret[at] = (at * 2_654_435_761) % 251;
  await withServer(async (server) => {
    const refused = await person(server.url).ots(['share'], { stdin: secret });
    expect(refused).toMatchObject({ code: 8, text: '' });
    expect(refused.stderr).toMatch(/300000 bytes/);
    expect(refused.stderr).toMatch(/what fits: about 71\d\d bytes/);
    expect(server.conceals()).toBe(0);
  });
  const roomy = { maxTextBytes: 1_000_000 };
  await withServer(async (server) => {
    const who = person(server.url);
    const revealed = await who.ots(['reveal', await who.share(secret)]);
    expect(revealed.stdout.equals(secret)).toBe(true);
  }, roomy);
});

test('(echo a; sleep 1; echo b) | ots: waits for the end of input', () =>
  withServer(async (server) => {
    const who = person(server.url);
    async function* slowly() {
      yield 'a\n';
      // Longer than the program takes to start: the delay is the situation itself.
      await pause(1000);
      yield 'b\n';
    }
    const shared = await who.ots(['share'], { stdin: slowly() });
    expect(await who.ots(['reveal', shared.text.trim()])).toMatchObject({ code: 0, text: 'a\nb\n' });
  }));

test('a passphrase asked for and not obtained is an error, however late something arrives on stdin', () =>
  withServer(async (server) => {
    const who = person(server.url);
    writeFileSync(join(who.folder, 'secret.txt'), 'the secret');
    async function* late() {
      await pause(500);
      yield 'a passphrase\n';
    }
    for (const args of [
      ['share', '-p', 'secret.txt'],
      ['share', '--passphrase'],
    ]) {
      const failed = await who.ots(args, { stdin: late() });
      expect(failed).toMatchObject({ code: 2, text: '' });
      expect(failed.stderr).toMatch(/--passphrase-file/);
    }
    expect(server.asked).toEqual([]);
  }));

test('a link with its last character lost is refused before any request', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const link = await who.share('x');
    const before = server.asked.length;
    const refused = await who.ots(['reveal', link.slice(0, -1)]);
    expect(refused).toMatchObject({ code: 2, text: '' });
    expect(refused.stderr).toMatch(/damaged/);
    expect(server.asked.length).toBe(before);
    expect(await who.ots(['reveal', link])).toMatchObject({ code: 0, text: 'x' });
  }));

test('a malformed link is refused before any request', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const { path, base, id, fragment } = partsOf(await who.share('x'));
    const before = server.asked.length;
    for (const malformed of [
      `${path}#`,
      `${path}#short`,
      `${path}#${fragment}`.replace(
        id,
        id.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      ),
      `${path}#${fragment.replace(/.$/, (last) => (last === '1' ? '2' : '1'))}`,
      `${base}/${id}#${fragment}`,
      `${id}#${fragment}`,
      'https://',
      'secret',
      '',
    ]) {
      const refused = await who.ots(['reveal', malformed]);
      expect(refused, malformed).toMatchObject({ code: 2, text: '' });
      expect(refused.stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
    }
    expect(server.asked.length).toBe(before);
    expect((await who.ots(['status', `${path}#${fragment}`])).code).toBe(0);
  }));

test('an output directory that is not writable is found out before the secret is spent', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const link = await who.share('x');
    writeFileSync(join(who.folder, 'taken'), 'mine');
    mkdirSync(join(who.folder, 'folder'));
    for (const [output, words] of [
      ['missing/secret', /folder of the output does not exist/],
      ['taken/secret', /folder of the output/],
      ['/proc/secret', /folder of the output/],
      ['folder', /is a folder/],
      ['taken', /exists already/],
    ] as const) {
      const refused = await who.ots(['reveal', link, '-o', output]);
      expect(refused, output).toMatchObject({ code: 2, text: '' });
      expect(refused.stderr).toMatch(words);
    }
    expect(server.reveals()).toBe(0);
    expect(readdirSync(who.folder).sort()).toEqual(['folder', 'taken']);
    expect(who.recovered()).toEqual([]);
    expect(await who.ots(['reveal', link])).toMatchObject({ code: 0, text: 'x' });
  }));

test('an unknown secret: on stderr, exit 3, as an alarm', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const link = await who.share('x');
    await who.ots(['reveal', link]);
    for (const gone of [link, `${server.url}/secret/${'a1'.repeat(31)}`]) {
      const missing = await person(server.url).ots(['reveal', gone]);
      expect(missing).toMatchObject({ code: 3, text: '' });
      expect(missing.stderr).toMatch(/treat it as read by someone else/);
    }
    const json = await who.ots(['reveal', link, '--json']);
    expect(json).toMatchObject({ code: 3, stderr: '' });
    expect(json.rows).toMatchObject([{ error: { code: 'not_found', exit_code: 3 } }]);
  }));

test('%23 instead of # is repaired, with a warning that a server saw the key', () =>
  withServer(async (server) => {
    const who = person(server.url);
    for (const encoded of ['%23', '%2523']) {
      const link = await who.share('x');
      const revealed = await person().ots(['reveal', link.replace('#', encoded)]);
      expect(revealed).toMatchObject({ code: 0, text: 'x' });
      expect(revealed.stderr).toMatch(/warning: .*leads to 127\.0\.0\.1:\d+.*may have seen the key/);
    }
  }));
