/**
 * A secret written in the user's own editor: a private file, in memory where the system has such a folder, overwritten
 * and removed however the editing ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { OtsError } from '../core/errors.ts';
import type { Streams } from './streams.ts';

/** An editor that was asked to stop and does not is ended. */
const PATIENCE_MS = 2_000;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Lets the user write a secret.
 *
 * @returns what the file held when the editor ended; empty when nothing was saved
 * @throws OtsError `usage` without a terminal or when the editor fails, `interrupted`
 */
export async function editSecret(io: Streams, env: Environment): Promise<Uint8Array> {
  const terminal = io.interactive ? openTerminal() : undefined;
  if (terminal === undefined) {
    throw new OtsError('usage', '--edit needs a terminal for the editor', {
      hint: 'pipe the secret in, or name a file',
    });
  }
  const folder = privateFolder(env);
  const wipe = (): void => wipeFolder(folder);
  // Whatever ends the program, but SIGKILL.
  process.once('exit', wipe);
  try {
    const path = join(folder, 'secret');
    writeFileSync(path, '', { mode: 0o600, flag: 'wx' });
    await runEditor(env['VISUAL'] || env['EDITOR'] || 'vi', path, terminal);
    return readWritten(path);
  } finally {
    wipe();
    process.off('exit', wipe);
    closeSync(terminal);
  }
}

function openTerminal(): number | undefined {
  try {
    return openSync('/dev/tty', 'r+');
  } catch {
    return undefined;
  }
}

/** A folder of this user's alone (0700), in memory if there is one. */
function privateFolder(env: Environment): string {
  for (const base of [env['XDG_RUNTIME_DIR'], '/dev/shm', tmpdir()]) {
    if (!base?.startsWith('/')) continue;
    try {
      return mkdtempSync(join(base, 'ots-edit-'));
    } catch {
      // The next one.
    }
  }
  throw new OtsError('usage', 'there is no folder for a temporary file', { hint: 'check TMPDIR' });
}

function readWritten(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    return new Uint8Array();
  }
}

/** @throws OtsError unless the editor ended well */
async function runEditor(command: string, path: string, terminal: number): Promise<void> {
  // As git does it: the shell takes the command apart. A plain one replaces the shell, so that signals reach it.
  const script = `${/[|&;<>()$`\n]/.test(command) ? '' : 'exec '}${command} "$@"`;
  let child: ChildProcess | undefined;
  let stopped: NodeJS.Signals | undefined;
  let impatience: NodeJS.Timeout | undefined;
  // Ctrl-C reaches every program of the terminal: what it means is the editor's to say.
  const leaveToEditor = (): void => undefined;
  const stop = (signal: NodeJS.Signals): void => {
    stopped = signal;
    child?.kill(signal);
    impatience ??= setTimeout(() => child?.kill('SIGKILL'), PATIENCE_MS);
  };
  // Before there is an editor: one that is quick may be seen, and the signal sent, before its start has returned here.
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, leaveToEditor);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  try {
    const editor = spawn('/bin/sh', ['-c', script, command, ...discretion(command), path], {
      stdio: [terminal, terminal, terminal],
    });
    child = editor;
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      editor.once('error', reject);
      editor.once('exit', (...ending) => resolve(ending));
    });
    if (stopped !== undefined || signal === 'SIGINT' || code === 130)
      throw new OtsError('interrupted', 'interrupted; nothing was shared');
    if (code === 127)
      throw new OtsError('usage', 'there is no such editor', { hint: 'set VISUAL or EDITOR to one' });
    if (code !== 0)
      throw new OtsError('usage', 'the editor ended with an error', { hint: 'nothing was shared' });
  } finally {
    clearTimeout(impatience);
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.off(signal, leaveToEditor);
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.off(signal, stop);
  }
}

/** Vim keeps copies elsewhere if it is so configured, and what was cut or copied in ~/.viminfo: not this time. */
function discretion(command: string): string[] {
  if (!/^(?:n?vim|gvim)$/.test(basename(command.split(' ')[0] ?? ''))) return [];
  return ['-n', '-i', 'NONE', '-c', 'set nobackup nowritebackup noundofile'];
}

/** Overwrites every file with zeros, swap files and backups of the editor too, and removes the folder. */
function wipeFolder(folder: string): void {
  try {
    for (const name of readdirSync(folder, { recursive: true }) as string[]) overwrite(join(folder, name));
  } catch {
    // Removed by the editor, or already.
  }
  rmSync(folder, { recursive: true, force: true });
}

function overwrite(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile()) return;
  const file = openSync(path, 'r+');
  try {
    writeSync(file, new Uint8Array(stats.size));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
