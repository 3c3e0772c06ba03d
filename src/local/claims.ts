/**
 * Claims under way: the random bytes with which an interrupted reveal can be finished, for servers that keep claims.
 * Kept in `recovered/`, written and flushed before the request that spends the secret.
 */
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { flushDirectory, makePrivateDirectory, writeAll } from './files.ts';

export interface PendingClaim {
  /** 32 random bytes in base64url, never derived from the link. */
  claim: string;
  /** The answer was delivered, or there is nothing to wait for: the file goes. */
  settle(): void;
}

/**
 * The claim for revealing a secret: that of an earlier, interrupted reveal, else a fresh one.
 *
 * @returns undefined when it cannot be kept: a claim that dies with the program would serve nothing
 */
export function pendingClaim(stateDirectory: string, secretId: string): PendingClaim | undefined {
  const folder = join(stateDirectory, 'recovered');
  // The name must not lead to the secret, whose identifier is half a link.
  const path = join(
    folder,
    `${createHash('sha256').update(`ots claim ${secretId}`).digest('hex').slice(0, 32)}.claim`,
  );
  const settle = (): void => rmSync(path, { force: true });
  const earlier = readClaim(path);
  if (earlier !== undefined) return { claim: earlier, settle };
  const claim = randomBytes(32).toString('base64url');
  try {
    makePrivateDirectory(folder);
    const descriptor = openSync(path, 'w', 0o600);
    try {
      writeAll(descriptor, `${claim}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    flushDirectory(folder);
    return { claim, settle };
  } catch {
    removeQuietly(path);
    return undefined;
  }
}

/** What was not written whole serves nobody. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The folder cannot be written, or is none.
  }
}

function readClaim(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8').trim();
    return /^[A-Za-z0-9_-]{43}$/.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}
