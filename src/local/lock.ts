/** One program at a time: a file beside the one that is replaced. */
import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { OtsError } from '../core/errors.ts';
import { systemCode } from './files.ts';

/** Nobody holds a lock for that long; one that is older was left by a program that was killed. */
const STALE_MS = 10_000;

/**
 * Runs `act` while no other program runs one for the same file.
 *
 * @throws OtsError `usage` while another one does; the system's error, but for a folder that is not there
 */
export function withLock<T>(path: string, act: () => T): T {
  const lock = `${path}.lock`;
  if (!take(lock)) {
    throw new OtsError('usage', 'another ots is changing the list of receipts', { hint: 'try again' });
  }
  try {
    return act();
  } finally {
    rmSync(lock, { force: true });
  }
}

function take(lock: string): boolean {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      closeSync(openSync(lock, 'wx', 0o600));
      return true;
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return true;
      if (systemCode(error) !== 'EEXIST') throw error;
      if (!isStale(lock)) return false;
      rmSync(lock, { force: true });
    }
  }
  return false;
}

/** By the clock of the file system, which a fresh touch tells. */
function isStale(lock: string): boolean {
  const before = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
  if (before === undefined) return true;
  const probe = `${lock}.now`;
  closeSync(openSync(probe, 'w', 0o600));
  const now = statSync(probe).mtimeMs;
  rmSync(probe, { force: true });
  return now - before > STALE_MS;
}
