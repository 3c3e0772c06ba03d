/** What is shown on a real terminal: nothing of a stranger's runs there, colours only there, nothing secret remains. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Person, person, type TestServer, withServer } from '../support/program.ts';
import { onTerminal, programIn, wordsOf } from '../support/pty.ts';
import { serve } from '../support/remote-serve.ts';

const EVIL = 'a\u001b]0;title\u0007b\u001b[31mc\u202ed\u200be\u009bf';
const SHOWN = 'a\\u{1b}]0;title\\u{7}b\\u{1b}[31mc\\u{202e}d\\u{200b}e\\u{9b}f';

function withPerson(act: (who: Person, server: TestServer) => Promise<void>): Promise<void> {
  return withServer((server) => act(person(server.url), server));
}

/** A server whose refusals are hostile to terminals. */
function hostileMessage(): ReturnType<typeof serve> {
  const body = JSON.stringify({ message: 'no\u001b]0;title\u0007\u202e\u200bmore' });
  return serve(() => ({ status: 422, headers: { 'content-type': 'application/json' }, body }));
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
      ['ots reveal x', { FORCE_COLOR: '0' }, false],
      ['ots reveal x', { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
      ['ots reveal x --color always 2>&1 | cat', { TERM: 'dumb' }, true],
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

/** What stands between the sequences that open and close a page of its own: a terminal forgets it. */
const PAGE = /ESC\[\?1049h([\s\S]*?)ESC\[HESC\[2JESC\[\?1049l/;

/** With the escape character as a word. */
function spelt(screen: string): string {
  return screen.replaceAll('\u001b', 'ESC');
}

for (const [key, keys, code] of [
  ['Enter', '\r', 0],
  ['Ctrl-C', '\u0003', 130],
  ['SIGTERM', undefined, 143],
] as const) {
  test(`a generated value is shown on a page of its own, which is gone after ${key}`, () =>
    withPerson(async (who) => {
      const script = 'ots generate --show --length 150 --alphabet digits > link; code=$?; exit $code';
      const terminal = onTerminal(who, script);
      await terminal.waitFor(/\d{150}/);
      await terminal.waitFor('Enter erases');
      terminal.resize(40, 10);
      if (keys !== undefined) terminal.type(keys);
      else process.kill(programIn(who.folder), 'SIGTERM');
      expect(await terminal.ended).toBe(code);
      expect(PAGE.exec(spelt(terminal.screen))?.[1]).toMatch(/\d{150}/);
      expect(spelt(terminal.screen).replace(PAGE, '')).not.toMatch(/\d{10}/);
      const link = readFileSync(join(who.folder, 'link'), 'utf8').trim();
      expect(terminal.screen).toContain((await who.ots(['reveal', link])).text);
    }));
}

test('on a terminal without cursor movements the value is a line like any other, and nothing moves', () =>
  withPerson(async (who) => {
    const env = { TERM: 'dumb', OTS_PASSPHRASE: 'correct horse battery' };
    const terminal = onTerminal(who, 'ots generate --show --alphabet digits', env);
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen).toMatch(/^\d{24}\r$/m);
    expect(terminal.screen).not.toContain('\u001b');
  }));

test('a message of a server runs nothing on the terminal', () =>
  withPerson(async (who) => {
    const hostile = await hostileMessage();
    const refused = onTerminal(who, 'printf x | ots share', { OTS_SERVER: hostile.url, OTS_API: 'v2' });
    await refused.ended;
    await hostile.close();
    expect(wordsOf(refused.screen)).toContain('the server says: no ]0;title more');
    expect(spelt(refused.screen)).not.toMatch(/ESC(?!\[\d*m)|[\u0080-\u009f\u202e\u200b]/);
  }));

test('a file name from an envelope runs nothing on the terminal', () =>
  withPerson(async (who) => {
    writeFileSync(join(who.folder, 'a\u001b[2Jb\u202e.txt'), 'x');
    await onTerminal(who, 'ots share a* > link && rm a*').ended;
    const opened = onTerminal(who, 'ots reveal -O - < link; ls');
    expect(await opened.ended).toBe(0);
    expect(opened.screen).toContain('saved as');
    expect(spelt(opened.screen)).not.toMatch(/ESC|\u202e/);
  }));

test('stretching a passphrase shows a sign of life, which is gone without a trace', () =>
  withPerson(async (who) => {
    const slow = 'printf x | ots share';
    const env = { OTS_PASSPHRASE: 'correct horse battery' };
    const terminal = onTerminal(who, slow, env);
    await terminal.waitFor(/[\u2800-\u28ff] stretching the passphrase/);
    expect(await terminal.ended).toBe(0);
    const [before = '', after = ''] = spelt(terminal.screen).split(/[^\n]*stretching[^\n]*\rESC\[2K(?=http)/);
    expect(before).toBe('');
    expect(after).toMatch(/^\S+#\S{49}\r\n/);
    for (const [script, more] of [
      [`${slow} -q`, {}],
      [`${slow} --json`, {}],
      [`${slow} 2> errors`, {}],
      [slow, { TERM: 'dumb' }],
    ] as const) {
      const silent = onTerminal(who, script, { ...env, ...more });
      expect(await silent.ended, script).toBe(0);
      expect(spelt(silent.screen)).not.toMatch(/stretching|ESC\[2K/);
    }
  }));

test('a sign of life is cut where the terminal is narrow, and Ctrl-C takes it along', () =>
  withServer(
    async (server) => {
      const terminal = onTerminal(person(server.url), 'stty cols 12; printf x | ots share; echo "code $?"');
      await terminal.waitFor(/[\u2800-\u28ff] sharing/);
      terminal.type('\u0003');
      await terminal.waitFor('three times ends at once');
      // One by one: two at the same moment count as one.
      terminal.type('\u0003');
      await terminal.waitFor('once more ends at once');
      terminal.type('\u0003');
      await terminal.ended;
      expect(spelt(terminal.screen).replaceAll('^C', '')).toMatch(
        /\rESC\[2Kots: the secret may [^\u2800-\u28ff]* until it expires\r\n(?:code 130\r\n)?$/,
      );
    },
    {
      before: (asked) =>
        /conceal/.test(asked.path) ? new Promise<undefined>(() => undefined) : Promise.resolve(undefined),
    },
  ));

test('a QR code is drawn where it fits; a narrow terminal says how much is missing', () =>
  withPerson(async (who) => {
    const wide = onTerminal(who, 'printf x | ots share --qr > link');
    expect(await wide.ended).toBe(0);
    expect(
      wide.screen.split('\r\n').filter((line) => /^[\u2580\u2584\u2588 ]{40,}$/.test(line)).length,
    ).toBeGreaterThan(20);
    const narrow = onTerminal(who, 'stty cols 40; printf x | ots share --qr > link');
    expect(await narrow.ended).toBe(0);
    expect(narrow.screen).not.toMatch(/[\u2580\u2584\u2588]/);
    expect(wordsOf(narrow.screen)).toMatch(/the QR code is not drawn: the terminal needs \d+ columns more/);
    const piped = await who.ots(['generate', '--qr']);
    expect(piped.stderr).toMatch(/[\u2580\u2584\u2588]{10}/);
    expect(piped.text).toMatch(/^http\S+\n$/);
    expect(await who.ots(['generate', '--qr', '--json'])).toMatchObject({ code: 2 });
  }));

for (const [where, env] of [
  ['over SSH', { SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22', DISPLAY: ':0' }],
  ['without a display', { DISPLAY: '' }],
] as const) {
  test(`--copy ${where}: the terminal gets the link for its clipboard, never a secret`, () =>
    withPerson(async (who) => {
      const terminal = onTerminal(who, 'printf x | ots share --copy > link 2> errors', env);
      expect(await terminal.ended).toBe(0);
      const link = readFileSync(join(who.folder, 'link'), 'utf8').trim();
      expect(terminal.screen).toBe(`\u001b]52;c;${Buffer.from(link).toString('base64')}\u0007`);
      const refused = onTerminal(who, 'ots reveal --copy - < link', { ...env, DISPLAY: '' });
      expect(await refused.ended).toBe(2);
      expect(refused.screen).not.toContain('\u001b]52');
      expect(await who.ots(['reveal', link])).toMatchObject({ text: 'x' });
    }));
}

test('with --quiet a terminal shows the result alone', () =>
  withPerson(async (who) => {
    const terminal = onTerminal(who, 'printf "x\\n" | ots share -q');
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen).toMatch(/^http\S+#\S{49}\r\n$/);
  }));

test('receipts under a label that nothing has: said so, not that nothing was shared', () =>
  withPerson(async (who) => {
    await who.share('x', ['--label', 'deploy']);
    const terminal = onTerminal(who, 'ots receipts --label other');
    expect(await terminal.ended).toBe(0);
    expect(wordsOf(terminal.screen)).toContain('nothing under that label');
  }));

test('a file that is not there is told before a passphrase is asked for', () =>
  withPerson(async (who) => {
    const terminal = onTerminal(who, 'ots share -p nofile');
    expect(await terminal.ended).toBe(2);
    expect(wordsOf(terminal.screen)).toContain('there is no such file');
    expect(terminal.screen).not.toContain('Passphrase');
  }));
