/**
 * One writer at a time: a lock is a file beside what it guards. A lock that a killed program left behind is taken over.
 */

import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { OtsError } from '../core/errors.ts';
import { makePrivateDirectory, systemCode, writeAll } from './files.ts';

/** Holders read, change and rename one small file; whoever takes this long is dead. */
const STALE_MS = 10_000;
const PATIENCE_MS = 30_000;
const PAUSE_MS = 15;

/**
 * Runs `act` while no other program runs one under the same lock.
 *
 * @param path the file to be guarded
 * @param now milliseconds since 1970
 * @throws OtsError `usage` when the lock cannot be had; what `act` throws
 */
export async function withLock<T>(path: string, now: () => number, act: () => T | Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  const owner = randomBytes(12).toString('hex');
  const startedMs = now();
  while (!take(lock, owner)) {
    if (now() - startedMs > PATIENCE_MS) {
      throw new OtsError('usage', 'another program holds the lock of a file here', {
        hint: `if none is running, remove ${lock}`,
      });
    }
    breakStale(lock, owner, now());
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * (0.5 + Math.random())));
  }
  try {
    return await act();
  } finally {
    if (ownerOf(lock) === owner) rmSync(lock, { force: true });
  }
}

function take(lock: string, owner: string): boolean {
  try {
    makePrivateDirectory(dirname(lock));
    const descriptor = openSync(lock, 'wx', 0o600);
    try {
      writeAll(descriptor, owner);
    } finally {
      closeSync(descriptor);
    }
    return true;
  } catch (cause) {
    if (systemCode(cause) === 'EEXIST') return false;
    throw new OtsError('usage', `the folder ${dirname(lock)} cannot be written`, {
      hint: 'check who owns it; ots doctor looks at more',
      cause,
    });
  }
}

/** Moved aside before it is removed, so that of two programs that see a dead lock one alone removes it. */
function breakStale(lock: string, owner: string, nowMs: number): void {
  const seen = ownerOf(lock);
  const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? nowMs;
  if (nowMs - since < STALE_MS) return;
  const aside = `${lock}.${owner}`;
  try {
    renameSync(lock, aside);
    // Somebody was faster and this is a living lock: it goes back, unless a third has one by now.
    if (ownerOf(aside) !== seen) renameSync(aside, lock);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function ownerOf(lock: string): string | undefined {
  try {
    return readFileSync(lock, 'utf8');
  } catch {
    return undefined;
  }
}
