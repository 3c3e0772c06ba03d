/**
 * A program run in this one's place: it has our standard streams, gets our signals, and its end is ours.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';

const RELAYED = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'] as const;
/** A terminal sends these to everybody in the foreground: passed on, they would arrive twice. */
const TYPED = ['SIGINT', 'SIGQUIT'] as const;

export interface Program {
  /** The file to run, found already. */
  path: string;
  /** Its own name first, as it was called. */
  words: string[];
  env: Record<string, string>;
  cwd: string;
}

export interface Child {
  /** Its exit code, or 128 and the number of the signal that ended it. Never rejects. */
  ended: Promise<number>;
}

/**
 * Starts a program. From here on this one survives what ends the other, and passes signals on.
 *
 * @throws the system's error when it could not be started
 */
export async function startChild({ path, words: [name, ...args], env, cwd }: Program): Promise<Child> {
  const child = spawn(path, args, { argv0: name ?? path, env, cwd, stdio: 'inherit' });
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  const atTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  const passTyped = (signal: NodeJS.Signals): void => {
    if (!atTerminal) pass(signal);
  };
  for (const signal of RELAYED) process.on(signal, pass);
  for (const signal of TYPED) process.on(signal, passTyped);
  const ended = new Promise<number>((resolve) => {
    child.once('exit', (code, signal) =>
      resolve(code ?? 128 + (constants.signals[signal ?? 'SIGKILL'] ?? 0)),
    );
  });
  try {
    await once(child, 'spawn');
  } catch (error) {
    for (const signal of RELAYED) process.off(signal, pass);
    for (const signal of TYPED) process.off(signal, passTyped);
    throw error;
  }
  return { ended };
}
