/** A secret that is gone is an alarm, not a shrug: says what is known about how it went. */
import { isIdentifierLength, type Link, OtsError } from '../core/index.ts';
import { findBySecret, noteState, type Receipt, readReceipts } from '../local/receipts.ts';
import { decryptCommand, recoveredOf } from '../local/recovered.ts';
import { ALARM } from '../remote/classify.ts';
import type { Remote, SecretState } from '../remote/types.ts';
import type { Context } from './context.ts';

const HOW: Partial<Record<SecretState, string>> = {
  revealed: 'it was revealed already',
  burned: 'it was burned',
  expired: 'it expired',
};

/** The error to throw for a failed reveal: a secret that is gone is explained, all else stays as it is. */
export async function explainGone(
  ctx: Context,
  remote: Remote,
  link: Link,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof OtsError) || error.code !== 'not_found') return error;
  const [waiting] = recoveredOf(ctx.paths.state, link.identifier, ctx.now());
  if (waiting !== undefined) {
    return new OtsError('not_found', 'the server has it no more: it was fetched here, and not delivered', {
      hint: `it waits; open it with: ${decryptCommand(waiting)}`,
    });
  }
  const known = localReceipt(ctx, link.identifier);
  const state = known === undefined ? undefined : await stateOf(ctx, remote, known);
  if (known?.has_passphrase && (state === 'new' || state === 'viewed')) {
    return new OtsError(
      'wrong_passphrase',
      'the passphrase is wrong: by its receipt the secret is still there',
      {
        hint: 'nothing was spent',
      },
    );
  }
  const how = state === undefined ? undefined : HOW[state];
  if (how !== undefined) return new OtsError('not_found', `the secret is gone: ${how}`, { hint: ALARM });
  if (link.kind === 'ordinary' && !isIdentifierLength(link.identifier.length)) {
    return new OtsError('not_found', error.message, {
      hint: `the link may be cut (compare it with the sender's); else: ${ALARM}`,
    });
  }
  return new OtsError('not_found', error.message, {
    hint: error.hint ?? ALARM,
    ambiguous: error.ambiguous,
  });
}

/** The receipt of a secret shared from this machine; an unreadable list is no reason to fail. */
export function localReceipt(ctx: Context, secretId: string): Receipt | undefined {
  try {
    return findBySecret(readReceipts(ctx.paths.state), secretId);
  } catch {
    return undefined;
  }
}

/** Notes in the local list that a secret of this machine was revealed here. */
export function noteRevealed(ctx: Context, secretId: string): void {
  const known = localReceipt(ctx, secretId);
  if (known !== undefined) rememberState(ctx, known, 'revealed');
}

/** Notes a state; the list is a convenience, so failing to write it is silent. */
export function rememberState(ctx: Context, receipt: Receipt, state: SecretState): void {
  try {
    noteState(ctx.paths.state, receipt, state);
  } catch {
    // Read-only homes are common where scripts run.
  }
}

async function stateOf(ctx: Context, remote: Remote, known: Receipt): Promise<SecretState | undefined> {
  try {
    const { state } = await remote.receipt(known.receipt_id);
    rememberState(ctx, known, state);
    return state;
  } catch {
    return undefined;
  }
}
