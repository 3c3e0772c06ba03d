/** The program on a real pseudo terminal: what a person sees and types. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { spawn } from '@lydell/node-pty';
import { onTestFinished } from 'vitest';
import { type Person, PROGRAM } from './program.ts';

export interface Terminal {
  /** Everything that was printed so far, escape sequences included. */
  readonly screen: string;
  /** Types as a keyboard would; Enter is `\r`, Ctrl-C `\x03`. */
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Resolves once `text` was printed after what the last call waited for. @returns what was printed up to its end */
  waitFor(text: string | RegExp): Promise<string>;
  /** Resolves with the exit code once the program has ended and all its output is here. */
  readonly ended: Promise<number>;
}

const PATIENCE_MS = 40_000;

/** Printed by the shell when its script is over. */
const OVER = '\u001e';
/**
 * The shell ends only once all that was printed was read: what is on its way when the leader of a session ends may be
 * dropped by the kernel. Source: Linux, tty_ldisc_hangup.
 */
const FAREWELL = `trap 'code=$?; printf "\\036" > /dev/tty; read over < /dev/tty; exit $code' EXIT\n`;

/**
 * Runs a shell script on a terminal of its own, with `ots` in it as a command.
 *
 * @param script for `sh`; so stdin can be a pipe while the terminal stays the controlling one: `printf x | ots share`
 */
export function onTerminal(who: Person, script: string, env: Record<string, string> = {}): Terminal {
  let screen = '';
  let seen = 0;
  let over = false;
  let check = (): void => undefined;
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const prelude = `${FAREWELL}ots() { ${quoted(process.execPath)} ${quoted(PROGRAM)} "$@"; }\n`;
  const pty = spawn('/bin/sh', ['-c', prelude + script], {
    cols: 100,
    rows: 30,
    cwd: who.folder,
    env: { ...who.env, ...env },
  });
  let isWhole = false;
  pty.onData((data) => {
    if (isWhole) return;
    const end = data.indexOf(OVER);
    screen += end === -1 ? data : data.slice(0, end);
    isWhole = end !== -1;
    check();
    if (isWhole) pty.write('\n');
  });
  const ended = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode }) => {
      over = true;
      check();
      resolve(exitCode);
    });
  });
  onTestFinished(() => {
    if (!over) pty.kill('SIGKILL');
  });
  const find = (text: string | RegExp): number => {
    const rest = screen.slice(seen);
    if (typeof text === 'string') {
      const at = rest.indexOf(text);
      return at === -1 ? -1 : seen + at + text.length;
    }
    const match = text.exec(rest);
    return match === null ? -1 : seen + match.index + match[0].length;
  };
  return {
    get screen() {
      return screen;
    },
    type: (keys) => pty.write(keys),
    resize: (columns, rows) => pty.resize(columns, rows),
    ended,
    waitFor: (text) =>
      new Promise((resolve, reject) => {
        const fail = (why: string): void => {
          clearTimeout(deadline);
          reject(new Error(`${why} without ${String(text)} on the screen:\n${screen}`));
        };
        const deadline = setTimeout(() => fail('time passed'), PATIENCE_MS);
        check = () => {
          const end = find(text);
          if (end !== -1) {
            clearTimeout(deadline);
            const printed = screen.slice(seen, end);
            seen = end;
            check = () => undefined;
            resolve(printed);
          } else if (over) fail('the program ended');
        };
        check();
      }),
  };
}

/** The process that runs the program in a folder, for signals. */
export function programIn(folder: string): number {
  const runsThere = (name: string): boolean => {
    try {
      const isProgram = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')[1] === PROGRAM;
      return isProgram && readlinkSync(`/proc/${name}/cwd`) === folder;
    } catch {
      return false;
    }
  };
  const number = readdirSync('/proc').find(runsThere);
  if (number === undefined) throw new Error('the program does not run there');
  return Number(number);
}

/** Without colours, cursor movements and carriage returns: the words alone. */
export function wordsOf(screen: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is removed
  return screen.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replace(/\r/g, '');
}
