/**
 * `recovered/`: what was fetched and could not be delivered. Encrypted secrets wait there as text forms, which
 * `ots decrypt` opens; ordinary ones as they are. 0600 in 0700, like everything here.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { OtsError } from '../core/index.ts';
import { flushDirectory, makePrivateDirectory, systemCode, writeAll } from './files.ts';

/** A place on disk that was made sure of before a secret was spent. */
export interface RescuePlace {
  /**
   * Puts an encrypted text there while it is on its way, so that even a killed program loses nothing. Not flushed:
   * that would make every reveal slower, and only a power cut in this moment could take it. Never fails.
   */
  stash(text: string): void;
  /**
   * Keeps a text: written, flushed, and named for good.
   *
   * @param kind `sealed` for a text form, `plain` for an ordinary secret
   * @returns the file's path, or undefined when even that failed
   */
  keep(text: string, kind: 'sealed' | 'plain'): string | undefined;
  /** Removes the reservation and what was stashed, not what was kept: everything was delivered. */
  release(): void;
}

/** Something that waits in `recovered/`. */
export interface RecoveredFile {
  path: string;
  modifiedAtMs: number;
}

const EXTENSION = { sealed: '.ots', plain: '.txt' } as const;
const RESERVED = '.reserved';
const STALE_MS = 86_400_000;

/** Where nothing could be written anyway, a secret may still be fetched: what fails then is printed. */
const UNWRITABLE = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EEXIST', 'ELOOP'];

/**
 * Reserves room for a secret about to be fetched, so that a full disk shows before anything is spent.
 *
 * @param sizeBytes room to take, filled with zeros until needed
 * @returns a place; where the folder cannot be written at all (a container's read-only home), one whose `keep` fails
 * @throws OtsError `usage` when the disk is full or fails
 */
export function reserveRescue(
  stateDirectory: string,
  secretId: string,
  sizeBytes: number,
  nowMs: number,
): RescuePlace {
  const folder = join(stateDirectory, 'recovered');
  const stamp = new Date(nowMs).toISOString().slice(0, 19).replace(/:/g, '-');
  // Two programs may fetch at the same second; neither may release the other's place.
  const stem = join(folder, `${stamp}Z-${secretId.slice(0, 8)}-${randomBytes(3).toString('hex')}`);
  const reservation = stem + RESERVED;
  try {
    makePrivateDirectory(folder);
    takeRoom(reservation, sizeBytes);
  } catch (cause) {
    if (UNWRITABLE.includes(systemCode(cause)))
      return { stash: () => undefined, keep: () => undefined, release: () => undefined };
    rmSync(reservation, { force: true });
    throw new OtsError(
      'usage',
      `there is no room on the disk to rescue the secret if something fails (${folder})`,
      { hint: 'free some space and try again; nothing was spent', cause },
    );
  }
  return placeAt(reservation, stem);
}

/** Flushed, because some file systems find out only then that there is no room. */
function takeRoom(path: string, sizeBytes: number): void {
  const descriptor = openSync(path, 'w', 0o600);
  try {
    writeAll(descriptor, new Uint8Array(sizeBytes));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function placeAt(reservation: string, stem: string): RescuePlace {
  let at = reservation;
  let kept = false;
  const put = (text: string, kind: keyof typeof EXTENSION, flush: boolean): string | undefined => {
    const path = stem + EXTENSION[kind];
    if (!overwrite(at, path, text, flush)) return undefined;
    at = path;
    return path;
  };
  return {
    stash: (text) => void put(text, 'sealed', false),
    keep: (text, kind) => {
      const path = put(text, kind, true);
      kept = path !== undefined;
      return path;
    },
    release: () => {
      if (!kept) rmSync(at, { force: true });
    },
  };
}

/** Lists what waits, oldest first, and clears away places that programs killed on their way left behind. */
export function listRecovered(stateDirectory: string, nowMs: number): RecoveredFile[] {
  const folder = join(stateDirectory, 'recovered');
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  removeStale(folder, names, nowMs);
  return names
    .filter((name) => name.endsWith(EXTENSION.sealed) || name.endsWith(EXTENSION.plain))
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      // Delivered in the meantime by another program.
      const stats = statSync(path, { throwIfNoEntry: false });
      return stats === undefined ? [] : [{ path, modifiedAtMs: stats.mtimeMs }];
    });
}

/** What of one secret waits: fetched here, and not delivered yet. */
export function recoveredOf(stateDirectory: string, secretId: string, nowMs: number): RecoveredFile[] {
  const part = `Z-${secretId.slice(0, 8)}-`;
  return listRecovered(stateDirectory, nowMs).filter(({ path }) => basename(path).includes(part));
}

/** How to open what waits. */
export function decryptCommand({ path }: RecoveredFile): string {
  return `ots decrypt ${path.endsWith(EXTENSION.sealed) ? '--link LINK ' : ''}${path}`;
}

/** A reservation holds zeros, a claim serves for a minute; after a day nobody is on the way any more. */
function removeStale(folder: string, names: string[], nowMs: number): void {
  for (const name of names.filter((candidate) => /\.(?:reserved|claim)$/.test(candidate))) {
    const path = join(folder, name);
    const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? nowMs;
    if (nowMs - modified <= STALE_MS) continue;
    try {
      rmSync(path, { force: true });
    } catch {
      return; // the folder cannot be written
    }
  }
}

/** Whether a file is one of those that wait. */
export function isRecovered(stateDirectory: string, path: string): boolean {
  return realPath(dirname(resolve(path))) === realPath(resolve(stateDirectory, 'recovered'));
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Whether a waiting file holds an ordinary secret as it was, rather than a text form. */
export function isRecoveredPlain(stateDirectory: string, path: string): boolean {
  return isRecovered(stateDirectory, path) && path.endsWith(EXTENSION.plain);
}

/** Removes a file that was delivered at last. */
export function removeRecovered(path: string): void {
  rmSync(path, { force: true });
}

/** Overwrites in place, so that the room it took serves the text, then renames. @returns whether all of it is there */
function overwrite(place: string, path: string, text: string, flush: boolean): boolean {
  try {
    const bytes = Buffer.from(text);
    const descriptor = openSync(place, 'r+');
    try {
      let written = 0;
      while (written < bytes.length)
        written += writeSync(descriptor, bytes, written, bytes.length - written, written);
      ftruncateSync(descriptor, bytes.length);
      if (flush) fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(place, path);
    if (flush) flushDirectory(dirname(path));
    return true;
  } catch {
    return false;
  }
}
