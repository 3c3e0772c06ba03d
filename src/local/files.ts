/**
 * Private files: 0600 in 0700, replaced in one step so that a reader or a crash never meets half of one.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Creates a folder, and its parents, readable by this user only.
 *
 * Not `recursive: true`: below /proc and the like Node's own loop never ends.
 *
 * @throws the system's error
 */
export function makePrivateDirectory(path: string): void {
  if (makeDirectory(path, true)) return;
  makePrivateDirectory(dirname(path));
  makeDirectory(path, false);
}

/** @returns false when its parent is missing, and that may be mended */
function makeDirectory(path: string, mayMend: boolean): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    flushDirectory(dirname(path));
    return true;
  } catch (error) {
    if (mayMend && systemCode(error) === 'ENOENT' && dirname(path) !== path) return false;
    if (systemCode(error) === 'EEXIST' && statSync(path).isDirectory()) return true;
    throw error;
  }
}

/** Replaces a file's content in one step. @throws the system's error */
export function replaceFile(path: string, content: string | Uint8Array): void {
  makePrivateDirectory(dirname(path));
  const draft = openDraft(path);
  try {
    draft.write(content);
    draft.commit({ overwrite: true });
  } catch (error) {
    draft.discard();
    throw error;
  }
}

/** A file under way: a private sibling of its target, which becomes the target in one step or vanishes. */
export interface Draft {
  /** Writes all bytes at the end of the draft. */
  write(content: string | Uint8Array): void;
  /**
   * Flushes, closes and moves the draft to `path` (default: its target).
   *
   * @throws the system's error; `EEXIST` when the target exists and may not be overwritten. The draft then remains.
   */
  commit(options: { overwrite: boolean; path?: string }): void;
  /** Removes the draft if it was not committed. */
  discard(): void;
}

/** Opens a draft beside its target. @throws the system's error when the folder cannot be written */
export function openDraft(target: string): Draft {
  const path = join(
    dirname(target),
    `.${basename(target).slice(0, 100)}.${randomBytes(6).toString('hex')}.part`,
  );
  const descriptor = openSync(path, 'wx', 0o600);
  let open = true;
  let exists = true;
  const close = (): void => {
    if (open) closeSync(descriptor);
    open = false;
  };
  return {
    write: (content) => writeAll(descriptor, content),
    commit: ({ overwrite, path: destination = target }) => {
      if (open) fsyncSync(descriptor);
      close();
      if (overwrite) renameSync(path, destination);
      else moveToFree(path, destination);
      exists = false;
      flushDirectory(dirname(destination));
    },
    discard: () => {
      close();
      if (exists) rmSync(path, { force: true });
      exists = false;
    },
  };
}

/** Moves to a name that must be free: where a rename would silently replace, this fails with `EEXIST`. */
function moveToFree(path: string, destination: string): void {
  try {
    linkSync(path, destination);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(systemCode(error))) throw error;
    // A memory card knows no links: the name is taken with an empty file, which the rename then replaces.
    closeSync(openSync(destination, 'wx', 0o600));
    renameSync(path, destination);
    return;
  }
  rmSync(path);
}

/** Makes the names in a folder outlast a power cut, where the system can do that. Never fails. */
export function flushDirectory(path: string): void {
  try {
    const descriptor = openSync(path, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // Some systems cannot open or flush a folder.
  }
}

/** Writes all bytes, however many calls the system needs. */
export function writeAll(descriptor: number, content: string | Uint8Array): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  let written = 0;
  while (written < bytes.length) written += writeSync(descriptor, bytes, written);
}

/** The system's code of an error, such as `ENOENT`; empty for other values. */
export function systemCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
