/** The built program where things go wrong: stopped at a chosen request, on a disk of a few kilobytes, without rights. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { type Given, type Person, PROGRAM, type Run, run } from './program.ts';

export interface Gate {
  /** For {@link withServer}. */
  before: (asked: { path: string }) => Promise<void>;
  /** Resolves when a request waits at the gate. */
  arrived: Promise<void>;
  open: () => void;
}

/** Holds requests whose path matches until it is opened. */
export function gate(pattern: RegExp): Gate {
  let announce = (): void => undefined;
  let open = (): void => undefined;
  const arrived = new Promise<void>((resolve) => {
    announce = resolve;
  });
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const before: Gate['before'] = async ({ path }) => {
    if (!pattern.test(path)) return;
    announce();
    await opened;
  };
  return { before, arrived, open };
}

export interface Started {
  kill(signal: NodeJS.Signals): void;
  /** Resolves once `text` is on stderr. */
  says(text: string): Promise<void>;
  /** Resolves once stdout has something to read; from then on nobody reads it until {@link ended}. */
  firstOutput(): Promise<unknown>;
  ended(): Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: Buffer; stderr: string }>;
}

/** Starts the program without waiting for its end; its standard input stays open unless given. */
export function start(who: Person, args: string[], stdin?: string): Started {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: who.env, cwd: who.folder });
  onTestFinished(() => void child.kill('SIGKILL'));
  const over = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const closed = once(child, 'close');
  const chunks: Buffer[] = [];
  let reading = false;
  const drain = (): void => {
    if (!reading) return;
    for (let chunk = child.stdout.read() as Buffer | null; chunk !== null; chunk = child.stdout.read()) {
      chunks.push(chunk as Buffer);
    }
  };
  // A listener of one's own, else Node reads, and throws away, what nobody has read when the program ends.
  child.stdout.on('readable', drain);
  child.stdin.on('error', () => undefined);
  if (stdin !== undefined) child.stdin.end(stdin);
  let stderr = '';
  const waiting: (() => void)[] = [];
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    for (const check of waiting) check();
  });
  return {
    kill: (signal) => void child.kill(signal),
    says: (text) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (stderr.includes(text)) resolve();
        };
        waiting.push(check);
        check();
        void over.then(() => reject(new Error(`ended without saying ${text}: ${stderr}`)));
      }),
    firstOutput: () => once(child.stdout, 'readable'),
    ended: async () => {
      const [code, signal] = await over;
      reading = true;
      drain();
      await closed;
      return { code, signal, stdout: Buffer.concat(chunks), stderr };
    },
  };
}

const PRELUDE = `ots() { '${process.execPath}' '${PROGRAM}' "$@"; }\n`;

/** Runs a shell script with `ots` in it as a command. */
export function inShell(who: Person, script: string, given: Given = {}): Promise<Run> {
  return run('/bin/sh', ['-c', PRELUDE + script], {
    ...given,
    cwd: who.folder,
    env: { ...who.env, ...given.env },
  });
}

/**
 * The same, with a disk of that size mounted at `$DISK`, which is gone with the script. Needs no rights: the mount is
 * made in a user namespace of its own.
 */
export function onSmallDisk(
  who: Person,
  size: string,
  script: string,
  env: Record<string, string> = {},
): Promise<Run> {
  const disk = `${who.home}/disk`;
  const mounted = `mkdir -p "$DISK" && mount -t tmpfs -o size=${size} none "$DISK" || exit 99\n${script}`;
  return run('unshare', ['--user', '--map-root-user', '--mount', '/bin/sh', '-c', PRELUDE + mounted], {
    cwd: who.folder,
    env: { ...who.env, DISK: disk, ...env },
  });
}

/** The same without the rights that let root write everywhere: then the owner's permissions count for root as well. */
export function unprivileged(who: Person, script: string, env: Record<string, string> = {}): Promise<Run> {
  const words = ['/bin/sh', '-c', PRELUDE + script];
  const dropped = ['setpriv', '--inh-caps=-all', '--bounding-set=-all', ...words];
  const [command = '', ...args] = process.getuid?.() === 0 ? dropped : words;
  return run(command, args, { cwd: who.folder, env: { ...who.env, ...env } });
}
