/** The clipboard of a real desktop: X11 without anybody in front of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Display, startDisplay } from '../support/display.ts';
import { type Person, person, type TestServer, withServer } from '../support/program.ts';
import { onTerminal, wordsOf } from '../support/pty.ts';

let display: Display;
beforeAll(async () => {
  display = await startDisplay();
});
afterAll(() => display.stop());

interface Given {
  who: Person;
  server: TestServer;
}

function onDesktop(
  act: (given: Given) => Promise<void>,
  options: { maxTextBytes?: number } = {},
): Promise<void> {
  return withServer(async (server) => {
    const who = person(server.url);
    who.env['DISPLAY'] = display.name;
    await act({ who, server });
  }, options);
}

/** What the programs that hold the clipboard of this display got as their environment. */
function heldEnvironments(): string[] {
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return numbers.flatMap((number) => {
    try {
      const [command = ''] = readFileSync(`/proc/${number}/cmdline`, 'utf8').split('\0');
      const environment = readFileSync(`/proc/${number}/environ`, 'utf8');
      return /xsel$/.test(command) && environment.includes(`DISPLAY=${display.name}\0`) ? [environment] : [];
    } catch {
      return [];
    }
  });
}

test('share --copy: the link is printed and in the clipboard, with --json too', () =>
  onDesktop(async ({ who }) => {
    const link = await who.share('to be copied', ['--copy']);
    expect(display.clipboard()).toBe(link);
    const json = await who.ots(['generate', '-c', '--json']);
    expect(json).toMatchObject({ code: 0, stderr: '' });
    expect(display.clipboard()).toBe(json.rows[0].link);
  }));

test('whoever holds the clipboard afterwards knows neither token nor passphrase', () =>
  onDesktop(async ({ who }) => {
    const env = { OTS_PASSPHRASE: 'correct horse', OTS_SERVE_TOKEN: 'a token of a server' };
    expect(display.clipboard()).not.toBe(await who.share('x', ['--copy'], { env }));
    const environments = heldEnvironments();
    expect(environments.length).toBeGreaterThan(0);
    for (const environment of environments) expect(environment).not.toMatch(/correct horse|a token of/);
  }));

test('share --paste takes the text of the clipboard, told about its last newline', () =>
  onDesktop(async ({ who }) => {
    display.copy('from the clipboard \u{1f511}\n');
    const terminal = onTerminal(who, 'ots share --paste | tee link');
    await terminal.ended;
    expect(wordsOf(terminal.screen)).toContain('ends in a newline');
    const link = readFileSync(join(who.folder, 'link'), 'utf8').trim();
    expect(await who.ots(['reveal', link])).toMatchObject({ text: 'from the clipboard \u{1f511}\n' });
    display.copy('');
    const empty = await who.ots(['share', '--paste']);
    expect(empty).toMatchObject({ code: 2, text: '' });
    expect(empty.stderr).toContain('the clipboard holds no text');
  }));

test('reveal --paste --copy: the link from the clipboard, the secret to it, nothing on stdout', () =>
  onDesktop(async ({ who }) => {
    const secret = 'to and fro\r\n\u00e9\n';
    display.copy(`  ${await who.share(secret)}\n`);
    expect(await who.ots(['reveal', '--paste', '--copy'])).toMatchObject({ code: 0, text: '', stderr: '' });
    expect(display.clipboard()).toBe(secret);
    expect(who.recovered()).toEqual([]);
    const json = await who.ots(['reveal', '-c', '--json', await who.share('in JSON')]);
    expect(json.rows).toMatchObject([{ copied: true, filename: null, encrypted: true }]);
    expect(json.text).not.toContain('in JSON');
    expect(display.clipboard()).toBe('in JSON');
  }));

test('a long secret is copied, and kept as well: xsel may lose it after it was pasted once', () =>
  onDesktop(
    async ({ who }) => {
      const secret = Array.from({ length: 2000 }, (_, index) => `line ${index} \u{e9}\n`).join('');
      const link = await who.share(secret, ['--max-size', '1M']);
      const run = await who.ots(['reveal', '--copy', link]);
      expect(run).toMatchObject({ code: 0, text: '' });
      const [file = ''] = who.recovered();
      expect(run.stderr).toContain(file);
      const opened = await who.ots(['decrypt', '--link', link, join(who.state, 'recovered', file)]);
      expect(opened.text === secret).toBe(true);
      expect(who.recovered()).toEqual([]);
    },
    { maxTextBytes: 1_000_000 },
  ));

test('doctor asks the clipboard whether it is there, and shows nothing of it', () =>
  onDesktop(async ({ who }) => {
    display.copy('private');
    const clipboardOf = (text: string): string => /^clipboard\t.*$/m.exec(text)?.[0] ?? '';
    const run = await who.ots(['doctor']);
    expect(clipboardOf(run.text)).toBe('clipboard\tok\tit answers');
    expect(run.text).not.toContain('private');
    const deaf = await who.ots(['doctor'], { env: { DISPLAY: ':65000' } });
    expect(clipboardOf(deaf.text)).toMatch(/\twarning\tthe clipboard does not answer; /);
  }));

test('binary is not copied: exit 9, and it is kept', () =>
  onDesktop(async ({ who }) => {
    display.copy('before');
    const link = await who.share(Buffer.of(0, 255, 1));
    const run = await who.ots(['reveal', '-c', link]);
    expect(run).toMatchObject({ code: 9, text: '' });
    expect(run.stderr).toContain('the clipboard takes text only');
    expect(display.clipboard()).toBe('before');
    const [file = ''] = who.recovered();
    const opened = await who.ots(['decrypt', '--link', link, join(who.state, 'recovered', file)]);
    expect(opened.stdout).toEqual(Buffer.of(0, 255, 1));
  }));

test('a clipboard that vanishes while the secret is on its way: exit 9, and it is kept', async () => {
  const other = await startDisplay();
  await withServer(
    async (server) => {
      const who = person(server.url);
      const link = await who.share('nearly lost');
      const run = await who.ots(['reveal', '-c', link], { env: { DISPLAY: other.name } });
      expect(run).toMatchObject({ code: 9, text: '' });
      expect(run.stderr).toContain(
        'the clipboard did not take the secret; the secret was fetched and is kept in',
      );
      const [file = ''] = who.recovered();
      const opened = await who.ots(['decrypt', '--link', link, join(who.state, 'recovered', file)]);
      expect(opened.text).toBe('nearly lost');
    },
    {
      before: async ({ path }) => {
        if (path.endsWith('/reveal')) await other.stop();
      },
    },
  );
});

for (const [what, display] of [
  ['no display', ''],
  ['a display that does not answer', ':65000'],
] as const) {
  test(`${what}: reveal --copy spends nothing, share --copy warns`, () =>
    withServer(async (server) => {
      const who = person(server.url);
      const env = { DISPLAY: display };
      const shared = await who.ots(['share', '--copy'], { env, stdin: 'still there' });
      expect(shared).toMatchObject({ code: 0 });
      expect(shared.stderr).toMatch(/^warning: the link was not copied: /);
      const refused = await who.ots(['reveal', '-c', shared.text.trim()], { env });
      expect(refused).toMatchObject({ code: 2, text: '' });
      expect(refused.stderr).toContain('nothing was spent');
      expect(await who.ots(['share', '--paste'], { env })).toMatchObject({ code: 2, text: '' });
      expect(server.reveals()).toBe(0);
      expect(await who.ots(['reveal', shared.text.trim()])).toMatchObject({ text: 'still there' });
    }));
}

test('--copy excludes a file', () =>
  onDesktop(async ({ who, server }) => {
    const link = await who.share('x');
    for (const more of [['-o', 'file'], ['-O']]) {
      const run = await who.ots(['reveal', '-c', link, ...more]);
      expect(run).toMatchObject({ code: 2, text: '' });
      expect(run.stderr).toContain('--copy excludes');
    }
    expect(server.reveals()).toBe(0);
  }));
