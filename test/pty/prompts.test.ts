/** Prompts on a real terminal: nothing typed is shown, nothing of the question is in the result, Ctrl-C leaves order. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Person, person, type TestServer, withServer } from '../support/program.ts';
import { onTerminal, programIn, type Terminal, wordsOf } from '../support/pty.ts';

function withPerson(act: (who: Person, server: TestServer) => Promise<void>): Promise<void> {
  return withServer((server) => act(person(server.url), server));
}

function read(who: Person, name: string): string {
  return readFileSync(join(who.folder, name), 'utf8');
}

test('a secret typed at a hidden prompt is not shown; the prompt is not in the result', () =>
  withPerson(async (who) => {
    const terminal = onTerminal(who, 'ots share > link');
    await terminal.waitFor('Secret (not shown):');
    terminal.type('typed by hand\r');
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen).not.toContain('typed');
    expect(wordsOf(terminal.screen)).toMatch(/opens once, within 7d \(until \d{4}-/);
    const link = read(who, 'link');
    expect(link).toMatch(/^http\S+#\S{49}\n$/);
    expect(await who.ots(['reveal', link.trim()])).toMatchObject({ text: 'typed by hand' });
  }));

test('a passphrase is asked for twice on the terminal while the secret comes through a pipe', () =>
  withPerson(async (who) => {
    const terminal = onTerminal(who, 'printf "piped\\n" | ots share --passphrase > link');
    await terminal.waitFor('Passphrase:');
    terminal.type('correct horse\r');
    await terminal.waitFor('once more:');
    terminal.type('correct horse\r');
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen).not.toContain('correct');
    expect(wordsOf(terminal.screen)).toMatch(/ends in a newline.*--trim/);

    const reader = onTerminal(who, 'ots reveal - < link > secret');
    await reader.waitFor('Passphrase:');
    reader.type('correct horse\r');
    expect(await reader.ended).toBe(0);
    expect(reader.screen).not.toContain('correct');
    expect(read(who, 'secret')).toBe('piped\n');
  }));

test('two passphrases that differ share nothing', () =>
  withPerson(async (who, server) => {
    const terminal = onTerminal(who, 'printf x | ots share -p > link');
    await terminal.waitFor('Passphrase:');
    terminal.type('one of them\r');
    await terminal.waitFor('once more:');
    terminal.type('the other\r');
    expect(await terminal.ended).toBe(2);
    expect(terminal.screen).toContain('differ');
    expect(read(who, 'link')).toBe('');
    expect(server.conceals()).toBe(0);
  }));

test('an empty answer is an error, not an empty secret or no passphrase', () =>
  withPerson(async (who, server) => {
    const secret = onTerminal(who, 'ots share > link');
    await secret.waitFor('Secret (not shown):');
    secret.type('\r');
    expect(await secret.ended).toBe(2);
    expect(secret.screen).toContain('empty');
    const passphrase = onTerminal(who, 'printf x | ots share -p > link');
    await passphrase.waitFor('Passphrase:');
    passphrase.type('\r');
    await passphrase.waitFor('once more:');
    passphrase.type('\r');
    expect(await passphrase.ended).toBe(2);
    expect(server.conceals()).toBe(0);
  }));

for (const [key, keys] of [
  ['Ctrl-C', '\u0003'],
  ['Ctrl-C after some letters', 'half a passph\u0003'],
] as const) {
  test(`${key} at a prompt: exit 130, nothing sent, the terminal echoes again`, () =>
    withPerson(async (who, server) => {
      const terminal = onTerminal(
        who,
        'ots share > link; echo "code $?"; stty -a; read word; echo "<$word>"',
      );
      await terminal.waitFor('Secret (not shown):');
      terminal.type(keys);
      await terminal.waitFor('code 130');
      const settings = await terminal.waitFor(/extproc|iexten[^\n]*\n[^\n]*echo[^\n]*\n/);
      const all = settings + terminal.screen;
      expect(all).toMatch(/(?<!-)\becho\b/);
      expect(all).toMatch(/(?<!-)\bicanon\b/);
      expect(all).toMatch(/(?<!-)\bisig\b/);
      terminal.type('visible\r');
      await terminal.waitFor('visible');
      await terminal.waitFor('<visible>');
      expect(await terminal.ended).toBe(0);
      expect(terminal.screen).not.toContain('half');
      expect(server.conceals()).toBe(0);
    }));
}

test('a prompt that is interrupted or killed leaves the terminal as it was, to the last setting', () =>
  withPerson(async (who) => {
    const script = 'stty -g > before; ots share > link; stty -g > after; echo over';
    for (const end of [
      (terminal: Terminal) => terminal.type('half\u0003'),
      () => process.kill(programIn(who.folder), 'SIGTERM'),
    ]) {
      const terminal = onTerminal(who, script);
      await terminal.waitFor('Secret (not shown):');
      end(terminal);
      await terminal.waitFor('over');
      expect(read(who, 'after')).toBe(read(who, 'before'));
    }
  }));

test('Ctrl-D at a prompt is no answer: an error, nothing sent', () =>
  withPerson(async (who, server) => {
    const terminal = onTerminal(who, 'ots share > link; echo "code $?"');
    await terminal.waitFor('Secret (not shown):');
    terminal.type('\u0004');
    await terminal.waitFor(/code (?:2|130)\b/);
    await terminal.ended;
    expect(server.conceals()).toBe(0);
  }));

test('three tries for a passphrase, then the error; the secret is still there', () =>
  withPerson(async (who) => {
    const env = { OTS_PASSPHRASE: 'the right one' };
    const link = await who.share('x', [], { env });
    writeFileSync(join(who.folder, 'link'), link);
    const locked = onTerminal(who, 'ots reveal - < link > secret');
    for (const guess of ['first', 'second', 'third']) {
      await locked.waitFor('Passphrase:');
      locked.type(`${guess} guess\r`);
    }
    expect(await locked.ended).toBe(4);
    expect(locked.screen).not.toContain('guess');
    expect(wordsOf(locked.screen).match(/warning: that was not the passphrase/g)).toHaveLength(2);
    expect(read(who, 'secret')).toBe('');
    const second = onTerminal(who, 'ots reveal - < link > secret');
    await second.waitFor('Passphrase:');
    second.type('wrong again\r');
    await second.waitFor('Passphrase:');
    second.type('the right one\r');
    expect(await second.ended).toBe(0);
    expect(read(who, 'secret')).toBe('x');
  }));

test('burning several asks; only yes is yes', () =>
  withPerson(async (who) => {
    const links = [await who.share('one'), await who.share('two')];
    writeFileSync(join(who.folder, 'burn.sh'), `burn "${links.join('" "')}"`);
    const script = `ots ${read(who, 'burn.sh')} > rows`;
    const no = onTerminal(who, script);
    await no.waitFor('Burn 2 secrets? [y/N]');
    no.type('\r');
    expect(await no.ended).toBe(130);
    expect(no.screen).toContain('nothing was burned');
    expect(read(who, 'rows')).toBe('');
    const yes = onTerminal(who, script);
    await yes.waitFor('Burn 2 secrets? [y/N]');
    yes.type('y\r');
    expect(await yes.ended).toBe(0);
    expect(read(who, 'rows')).toMatch(/^burned\t.*\nburned\t.*\n$/);
  }));

test('nothing waits for an answer with --no-input, --json or CI=true', () =>
  withPerson(async (who, server) => {
    for (const [script, env] of [
      ['ots share --no-input', {}],
      ['ots share --json', {}],
      ['ots share', { CI: 'true' }],
      ['printf x | ots share -p --no-input', {}],
      ['printf x | ots share -p', { CI: 'true' }],
      ['ots share 2> errors', {}],
      ['printf x | ots decrypt --no-input', {}],
    ] as const) {
      const terminal = onTerminal(who, script, env);
      expect(await terminal.ended, script).toBe(2);
      expect(terminal.screen).not.toContain('not shown');
      expect(terminal.screen).not.toMatch(/Passphrase:/);
    }
    expect(existsSync(join(who.folder, 'errors'))).toBe(true);
    expect(server.conceals()).toBe(0);
  }));

test('decrypt asks for the key without showing it', async () => {
  const who = person();
  const sealed = await who.ots(['encrypt'], { stdin: 'x' });
  writeFileSync(join(who.folder, 'text'), sealed.stdout);
  const terminal = onTerminal(who, 'ots decrypt text > secret');
  await terminal.waitFor('part after #:');
  terminal.type(`${sealed.stderr.trim()}\r`);
  expect(await terminal.ended).toBe(0);
  expect(terminal.screen).not.toContain(sealed.stderr.trim());
  expect(read(who, 'secret')).toBe('x');
});

test('several lines pasted at a hidden prompt are refused, not cut to the first; the shell gets none of them', () =>
  withPerson(async (who, server) => {
    const key = ['-----BEGIN KEY-----', ...Array(400).fill('c2VjcmV0IGxpbmU='), '-----END KEY-----'];
    for (const end of ['\r', '\n', '\r\n']) {
      const terminal = onTerminal(who, 'ots share > link; echo "code $?"; read -t 0 word; echo "<$word>"');
      await terminal.waitFor('Secret (not shown):');
      terminal.type(key.join(end));
      await terminal.waitFor('code 2');
      expect(terminal.screen).toContain('more than one line');
      terminal.type('\r');
      await terminal.waitFor('<>');
      await terminal.ended;
      expect(terminal.screen).not.toMatch(/c2Vj|KEY/);
    }
    expect(server.conceals()).toBe(0);
  }));

test('one line pasted with its end is the answer', () =>
  withPerson(async (who) => {
    const terminal = onTerminal(who, 'ots share > link');
    await terminal.waitFor('Secret (not shown):');
    terminal.type('pasted\r\n');
    expect(await terminal.ended).toBe(0);
    expect(await who.ots(['reveal', read(who, 'link').trim()])).toMatchObject({ text: 'pasted' });
  }));

test('Ctrl-Z and fg: the prompt goes on, and still shows nothing', () =>
  withPerson(async (who) => {
    const terminal = onTerminal(who, 'set -m; ots share > link; jobs; fg; echo "code $?"');
    await terminal.waitFor('Secret (not shown):');
    terminal.type('first half, \u001a');
    await terminal.waitFor(/fg|Stopped|ots share/);
    await terminal.waitFor('Secret (not shown):');
    terminal.type('second half\r');
    await terminal.waitFor('code 0');
    await terminal.ended;
    expect(terminal.screen).not.toContain('half');
    expect(await who.ots(['reveal', read(who, 'link').trim()])).toMatchObject({
      text: 'first half, second half',
    });
  }));
