/**
 * Looks after a consuming call went wrong: is the secret still there? Only reads; whatever goes wrong in here means
 * that nobody knows, and never replaces the first error.
 */

import { isOtsError } from '../core/errors.ts';
import { isOver } from './records.ts';
import type { ReceiptInfo, SecretStatus } from './types.ts';

/** `protected`: there, behind a passphrase. `open`: there, without one. `gone`. `unknown`: no way to tell. */
export type Evidence = 'protected' | 'open' | 'gone' | 'unknown';

/** What the status of a secret says about a reveal that failed. */
export async function evidenceOf(status: () => Promise<SecretStatus>): Promise<Evidence> {
  try {
    const { state, hasPassphrase } = await status();
    if (isOver(state)) return 'gone';
    if (state === 'unknown' || hasPassphrase === undefined) return 'unknown';
    return hasPassphrase ? 'protected' : 'open';
  } catch (error) {
    if (isOtsError(error)) return 'unknown';
    throw error;
  }
}

/** What the receipt says about a burn that failed: the receipt, `absent` if there is none, else `unknown`. */
export async function receiptAfter(
  receipt: () => Promise<ReceiptInfo>,
): Promise<ReceiptInfo | 'absent' | 'unknown'> {
  try {
    return await receipt();
  } catch (error) {
    if (isOtsError(error, 'not_found')) return 'absent';
    if (isOtsError(error)) return 'unknown';
    throw error;
  }
}
