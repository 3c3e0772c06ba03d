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
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { OtsError } from '../core/index.ts';
import { makePrivateDirectory, systemCode, writeAll } from './files.ts';

/** A place on disk that was made sure of before a secret was spent. */
export interface RescuePlace {
  /**
   * Keeps a text: written, flushed, and named for good.
   *
   * @param kind `sealed` for a text form, `plain` for an ordinary secret
   * @returns the file's path, or undefined when even that failed
   */
  keep(text: string, kind: 'sealed' | 'plain'): string | undefined;
  /** Removes the reservation: everything was delivered. */
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

/**
 * Reserves room for a secret about to be fetched, so that a full disk shows before anything is spent.
 *
 * @param sizeBytes room to take, filled with zeros until needed
 * @returns a place; where the folder cannot be written at all (a container's read-only home), one whose `keep` fails
 * @throws OtsError `usage` when the disk is full
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
    const descriptor = openSync(reservation, 'w', 0o600);
    try {
      writeAll(descriptor, new Uint8Array(sizeBytes));
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    if (['ENOSPC', 'EDQUOT'].includes(systemCode(cause))) {
      rmSync(reservation, { force: true });
      throw new OtsError(
        'usage',
        `there is no room on the disk to rescue the secret if something fails (${folder})`,
        {
          hint: 'free some space and try again; nothing was spent',
          cause,
        },
      );
    }
    return { keep: () => undefined, release: () => undefined };
  }
  return {
    keep: (text, kind) => keepIn(reservation, stem + EXTENSION[kind], text),
    release: () => rmSync(reservation, { force: true }),
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
    .map((name) => join(folder, name))
    .map((path) => ({ path, modifiedAtMs: statSync(path).mtimeMs }));
}

/** A reservation holds zeros, a claim serves for a minute; after a day nobody is on the way any more. */
function removeStale(folder: string, names: string[], nowMs: number): void {
  for (const name of names.filter((candidate) => /\.(?:reserved|claim)$/.test(candidate))) {
    const path = join(folder, name);
    const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? nowMs;
    if (nowMs - modified > STALE_MS) rmSync(path, { force: true });
  }
}

/** Whether a file is one of those that wait. */
export function isRecovered(stateDirectory: string, path: string): boolean {
  return dirname(resolve(path)) === resolve(stateDirectory, 'recovered');
}

/** Whether a waiting file holds an ordinary secret as it was, rather than a text form. */
export function isRecoveredPlain(stateDirectory: string, path: string): boolean {
  return isRecovered(stateDirectory, path) && path.endsWith(EXTENSION.plain);
}

/** Removes a file that was delivered at last. */
export function removeRecovered(path: string): void {
  rmSync(path, { force: true });
}

/** Overwrites the reservation in place, so that the room it took serves the text, then renames it. */
function keepIn(reservation: string, path: string, text: string): string | undefined {
  try {
    const bytes = Buffer.from(text);
    const descriptor = openSync(reservation, 'r+');
    try {
      let written = 0;
      while (written < bytes.length)
        written += writeSync(descriptor, bytes, written, bytes.length - written, written);
      ftruncateSync(descriptor, bytes.length);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(reservation, path);
    return path;
  } catch {
    return undefined;
  }
}
