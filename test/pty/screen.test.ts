/** What is shown on a real terminal: nothing of a stranger's runs there, colours only there, nothing secret remains. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Person, person, type TestServer, withServer } from '../support/program.ts';
import { onTerminal, wordsOf } from '../support/pty.ts';

const EVIL = 'a\u001b]0;title\u0007b\u001b[31mc\u202ed\u200be\u009bf';
const SHOWN = 'a\\u{1b}]0;title\\u{7}b\\u{1b}[31mc\\u{202e}d\\u{200b}e\\u{9b}f';

function withPerson(act: (who: Person, server: TestServer) => Promise<void>): Promise<void> {
  return withServer((server) => act(person(server.url), server));
}

/** Shares and leaves the link in the file `link`. */
async function leave(who: Person, secret: string | Uint8Array, args: string[] = []): Promise<void> {
  writeFileSync(join(who.folder, 'link'), await who.share(secret, args));
}

test('control, bidi and zero-width characters of a revealed text are escaped, and counted', () =>
  withPerson(async (who) => {
    await leave(who, EVIL);
    const terminal = onTerminal(who, 'ots reveal - < link 2> errors');
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen).toBe(SHOWN);
    expect(readFileSync(join(who.folder, 'errors'), 'utf8')).toMatch(/\nwarning: 6 control or invisible/);

    await leave(who, EVIL);
    const piped = onTerminal(who, 'ots reveal - < link | cat > secret');
    expect(await piped.ended).toBe(0);
    expect(readFileSync(join(who.folder, 'secret'), 'utf8')).toBe(EVIL);
  }));

test('a missing last newline goes to stderr, so that the prompt of the shell has a line of its own', () =>
  withPerson(async (who) => {
    await leave(who, 'no newline');
    const bare = onTerminal(who, 'ots reveal - < link; printf "$ "');
    await bare.ended;
    expect(bare.screen).toBe('no newline\r\n$ ');
    await leave(who, 'tab\tand newline\n');
    const whole = onTerminal(who, 'ots reveal - < link 2>&1; printf "$ "');
    await whole.ended;
    expect(whole.screen).toBe('tab\tand newline\r\n$ ');
  }));

test('binary is not shown on a terminal; it waits in recovered/', () =>
  withPerson(async (who) => {
    const bytes = Buffer.of(0x7f, 0x45, 0x4c, 0x46, 0, 255, 254, 1);
    await leave(who, bytes);
    const terminal = onTerminal(who, 'ots reveal - < link');
    expect(await terminal.ended).toBe(9);
    expect(wordsOf(terminal.screen)).toMatch(/^ots: the secret is binary.*kept in \S/);
    const [file = ''] = who.recovered();
    const link = readFileSync(join(who.folder, 'link'), 'utf8');
    const opened = await who.ots(['decrypt', '--link', link, join(who.state, 'recovered', file)]);
    expect(opened.stdout.equals(bytes)).toBe(true);
    expect(who.recovered()).toEqual([]);
  }));

test('colours only on a terminal, and as told', () =>
  withPerson(async (who) => {
    for (const [script, env, expected] of [
      ['ots reveal x', {}, true],
      ['ots reveal x', { NO_COLOR: '1' }, false],
      ['ots reveal x', { NO_COLOR: '' }, true],
      ['ots reveal x', { TERM: 'dumb' }, false],
      ['ots reveal x --color never', {}, false],
      ['ots reveal x --color always', { NO_COLOR: '1' }, true],
      ['ots reveal x 2>&1 | cat', {}, false],
      ['ots reveal x 2>&1 | cat', { FORCE_COLOR: '1' }, true],
    ] as const) {
      const terminal = onTerminal(who, script, env);
      await terminal.ended;
      expect(wordsOf(terminal.screen)).toContain('ots: that is not a secret link');
      expect(terminal.screen.includes('\u001b[31m'), `${script} ${JSON.stringify(env)}`).toBe(expected);
    }
  }));

test('tables have a heading and relative times on a terminal, whatever its width', () =>
  withPerson(async (who) => {
    await who.share('x', ['--label', 'evil \u001b[2J label', '--ttl', '2h']);
    const terminal = onTerminal(who, 'read go; ots receipts');
    terminal.resize(40, 10);
    terminal.type('\r');
    expect(await terminal.ended).toBe(0);
    const lines = wordsOf(terminal.screen).trim().split('\n');
    expect(lines[0]).toMatch(/^AGE +LABEL +SERVER +STATE +EXPIRES +RECEIPT$/);
    expect(lines[1]).toMatch(/^\d+s ago +evil \\u\{1b\}\[2J label +127\.0\.0\.1:\d+ +new +in 1h59m/);
  }));

test('a generated value is erased from the screen after Enter', () =>
  withPerson(async (who) => {
    const terminal = onTerminal(who, 'ots generate --show --length 150 --alphabet digits > link');
    await terminal.waitFor(/\d{150}/);
    await terminal.waitFor('Enter erases');
    terminal.type('\r');
    expect(await terminal.ended).toBe(0);
    // 150 characters take two lines of a hundred columns; with the question three are erased from the bottom.
    expect(terminal.screen.endsWith('\u001b[3A\r\u001b[J')).toBe(true);
  }));

test('with --quiet a terminal shows the result alone', () =>
  withPerson(async (who) => {
    const terminal = onTerminal(who, 'printf "x\\n" | ots share -q');
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen).toMatch(/^http\S+#\S{49}\r\n$/);
  }));
