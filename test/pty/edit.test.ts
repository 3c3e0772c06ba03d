/** `share --edit`: what is written in an editor is shared, and nothing of it stays behind, however the editing ends. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Person, person, type TestServer, withServer } from '../support/program.ts';
import { onTerminal, type Terminal, wordsOf } from '../support/pty.ts';

interface Editing {
  who: Person;
  server: TestServer;
  /** Runs a script with an editor that is itself a script; `$1` is the file. */
  edit(editor: string, script?: string, env?: Record<string, string>): Terminal;
  /** The folder for temporary files, which is empty whenever nothing is being edited. */
  runtime: string;
}

function editing(act: (given: Editing) => Promise<void>): Promise<void> {
  return withServer(async (server) => {
    const who = person(server.url);
    const runtime = join(who.home, 'runtime');
    mkdirSync(runtime, { mode: 0o700 });
    const path = join(who.home, 'editor');
    const edit: Editing['edit'] = (editor, script = 'ots share --edit > link; echo "code $?"', env = {}) => {
      writeFileSync(path, `#!/bin/sh\n${editor}\n`);
      chmodSync(path, 0o755);
      return onTerminal(who, script, { XDG_RUNTIME_DIR: runtime, EDITOR: path, ...env });
    };
    await act({ who, server, edit, runtime });
    expect(readdirSync(runtime)).toEqual([]);
  });
}

/** Reveals the link in the file `link`. */
async function revealed(who: Person): Promise<string> {
  const link = readFileSync(join(who.folder, 'link'), 'utf8').trim();
  return (await who.ots(['reveal', link])).text;
}

test('what the editor saved is shared; its last newline is told, and dropped with --trim', () =>
  editing(async ({ who, edit }) => {
    const kept = edit('printf "from an editor\\n" > "$1"');
    await kept.waitFor('code 0');
    expect(wordsOf(kept.screen)).toMatch(/ends in a newline, and keeps it \(--trim drops one\)/);
    expect(await revealed(who)).toBe('from an editor\n');
    const trimmed = edit('printf "from an editor\\n" > "$1"', 'ots share --edit --trim > link');
    expect(await trimmed.ended).toBe(0);
    expect(wordsOf(trimmed.screen)).not.toContain('newline');
    expect(await revealed(who)).toBe('from an editor');
  }));

test('the editor has the terminal even where standard input and output are pipes', () =>
  editing(async ({ who, edit }) => {
    const terminal = edit(
      'printf "your secret: "; read line; printf %s "$line" > "$1"',
      'printf ignored | ots share --edit | cat > link',
    );
    await terminal.waitFor('your secret: ');
    terminal.type('typed there\r');
    await terminal.ended;
    expect(await revealed(who)).toBe('typed there');
  }));

test('its file is private, in a private folder, and it sees no token and no passphrase', () =>
  editing(async ({ who, edit, server }) => {
    const terminal = edit(
      'stat -c "%a" "$1" "$(dirname "$1")" > modes; env > environment; dirname "$1" > where; printf x > "$1"',
      'ots share --edit > link',
      { OTS_PASSPHRASE: 'correct horse', OTS_SERVE_TOKEN: 'a token' },
    );
    expect(await terminal.ended).toBe(0);
    const read = (name: string): string => readFileSync(join(who.folder, name), 'utf8');
    expect(read('modes')).toBe('600\n700\n');
    expect(read('where')).toContain(join(who.home, 'runtime'));
    expect(read('environment')).toContain('XDG_RUNTIME_DIR');
    expect(read('environment')).not.toMatch(/correct horse|a token/);
    expect(server.conceals()).toBe(1);
  }));

test('swap and backup files, and a file replaced by another, leave with the folder', () =>
  editing(async ({ who, edit }) => {
    const terminal = edit(
      'd=$(dirname "$1"); printf old > "$1~"; mkdir "$d/more"; printf swap > "$d/more/.swp"; ln -s "$HOME/kept" "$d/link"; printf new > "$d/t"; mv "$d/t" "$1"',
    );
    writeFileSync(join(who.home, 'kept'), 'not of the editor');
    await terminal.waitFor('code 0');
    expect(await revealed(who)).toBe('new');
    expect(readFileSync(join(who.home, 'kept'), 'utf8')).toBe('not of the editor');
  }));

test('what was written is overwritten before it is removed', () =>
  editing(async ({ who, edit }) => {
    // A second name shows what became of the content.
    const terminal = edit('printf "gone for good" > "$1"; ln "$1" "$HOME/witness"');
    await terminal.waitFor('code 0');
    expect(await revealed(who)).toBe('gone for good');
    const witness = join(who.home, 'witness');
    expect(statSync(witness).size).toBe(13);
    expect(readFileSync(witness)).toEqual(Buffer.alloc(13));
  }));

for (const [what, editor, words] of [
  ['an editor that fails', 'printf x > "$1"; exit 3', /the editor ended with an error.*nothing was shared/],
  ['a file left empty', ':', /nothing was written.*nothing was shared/],
  ['an empty line', 'echo > "$1"', /nothing was written/],
  ['a file removed', 'rm "$1"', /nothing was written/],
] as const) {
  test(`${what}: exit 2, nothing shared`, () =>
    editing(async ({ edit, server }) => {
      const terminal = edit(editor);
      await terminal.waitFor('code 2');
      expect(wordsOf(terminal.screen).replaceAll('\n', ' ')).toMatch(words);
      expect(server.conceals()).toBe(0);
    }));
}

test('an editor that is not there: the error names the variables', () =>
  editing(async ({ edit, server }) => {
    const terminal = edit(':', 'EDITOR=no-such-editor ots share --edit; echo "code $?"');
    await terminal.waitFor('code 2');
    expect(wordsOf(terminal.screen)).toMatch(/set VISUAL or EDITOR/);
    expect(server.conceals()).toBe(0);
  }));

test('VISUAL comes before EDITOR, and either may have words of its own', () =>
  editing(async ({ who, edit }) => {
    const terminal = edit(
      'printf %s "$1" > "$2"',
      'VISUAL="$EDITOR visual" EDITOR=false ots share --edit > link',
    );
    expect(await terminal.ended).toBe(0);
    expect(await revealed(who)).toBe('visual');
  }));

test('Ctrl-C that ends the editor: exit 130, nothing shared, nothing left', () =>
  editing(async ({ edit, server }) => {
    const terminal = edit(
      'printf x > "$1"; printf ready; exec sleep 20',
      'trap : INT; ots share --edit > link; echo "code $?"',
    );
    await terminal.waitFor('ready');
    terminal.type('\u0003');
    await terminal.waitFor('code 130');
    expect(server.conceals()).toBe(0);
  }));

test('an editor that takes Ctrl-C for its own purposes goes on', () =>
  editing(async ({ who, edit }) => {
    const terminal = edit(
      'trap "printf caught" INT; printf ready; until [ "$line" ]; do read line; done; printf %s "$line" > "$1"',
      'trap : INT; ots share --edit > link; echo "code $?"',
    );
    await terminal.waitFor('ready');
    terminal.type('\u0003');
    await terminal.waitFor('caught');
    terminal.type('after it\r');
    await terminal.waitFor('code 0');
    expect(await revealed(who)).toBe('after it');
  }));

for (const signal of ['TERM', 'HUP']) {
  test(`SIG${signal} during the editing: the editor is told, nothing shared, nothing left`, () =>
    editing(async ({ who, edit, server }) => {
      const terminal = edit(
        'printf x > "$1"; printf "$$" > "$HOME/pid"; printf ready; exec sleep 20',
        // The shell's own job: the program's number is known.
        `ots share --edit > link & echo $! > "$HOME/shell"; wait $!; echo "code $?"`,
      );
      await terminal.waitFor('ready');
      const editor = Number(readFileSync(join(who.home, 'pid'), 'utf8'));
      const parent = Number(/PPid:\s+(\d+)/.exec(readFileSync(`/proc/${editor}/status`, 'utf8'))?.[1]);
      process.kill(parent, `SIG${signal}`);
      await terminal.waitFor('code 130');
      expect(existsSync(`/proc/${editor}`)).toBe(false);
      expect(server.conceals()).toBe(0);
    }));
}

test('without a terminal, or with --json, --no-input or CI, no editor opens', () =>
  editing(async ({ who, edit, server }) => {
    const refused = await who.ots(['share', '--edit'], { env: { EDITOR: 'touch opened #' } });
    expect(refused).toMatchObject({ code: 2, text: '' });
    expect(refused.stderr).toMatch(/--edit needs a terminal/);
    for (const script of [
      'ots share --edit --json',
      'ots share --edit --no-input',
      'CI=true ots share --edit',
    ]) {
      expect(await edit('touch "$HOME/opened"', script).ended, script).toBe(2);
    }
    expect(existsSync(join(who.home, 'opened'))).toBe(false);
    expect(server.conceals()).toBe(0);
  }));

test('--edit excludes the other sources', () =>
  editing(async ({ who }) => {
    for (const args of [
      ['--edit', '--paste'],
      ['--edit', '--env', 'HOME'],
      ['--edit', 'file'],
      ['--paste', '-'],
    ]) {
      const run = await who.ots(['share', ...args]);
      expect(run).toMatchObject({ code: 2, text: '' });
      expect(run.stderr).toContain('exclude each other');
    }
  }));

test('a server that is not there is told before the editor opens, and before the prompt', () =>
  editing(async ({ who, server, edit }) => {
    await server.kill();
    for (const script of ['ots share --edit; echo "code $?"', 'ots share; echo "code $?"']) {
      const terminal = edit('echo opened; printf x > "$1"', script);
      await terminal.waitFor('code 6');
      await terminal.ended;
      expect(wordsOf(terminal.screen)).toMatch(/^ots: .*127\.0\.0\.1/);
      expect(terminal.screen).not.toMatch(/opened|Secret/);
    }
    expect(who.recovered()).toEqual([]);
  }));
