/**
 * The claim of one reveal, for servers that keep claims: with it a reveal that broke off can be finished, by a repeat
 * of the request or by the next `ots reveal` of the same link. Other servers never see one.
 */
import { isOtsError, OtsError } from '../core/index.ts';
import { pendingClaim } from '../local/claims.ts';
import type { Remote } from '../remote/types.ts';
import type { Context } from './context.ts';

/** The value is erased after a minute anyway; nobody waits longer than this for its acknowledgement. */
const ACKNOWLEDGE_MS = 2000;

export interface ClaimOfReveal {
  /** Undefined where the server keeps no claims, or this machine cannot. */
  readonly claim: string | undefined;
  /** The secret is delivered, or safe on disk: the server may erase it. Never fails. */
  acknowledge(): Promise<void>;
  /** The reveal failed. @returns the error to throw, which says whether it can be finished */
  failed(error: unknown): unknown;
}

/** Takes up the claim of an earlier, broken-off reveal of this secret, or makes a fresh one. */
export function claimFor(ctx: Context, remote: Remote, secretId: string): ClaimOfReveal {
  const seconds = remote.claimSeconds;
  const pending = seconds === undefined ? undefined : pendingClaim(ctx.paths.state, secretId);
  return {
    claim: pending?.claim,
    acknowledge: async () => {
      if (pending === undefined) return;
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ACKNOWLEDGE_MS);
      });
      // Unheard, it changes nothing for anybody: the server erases the value by itself.
      await Promise.race([remote.acknowledge(secretId, pending.claim).catch(() => undefined), patience]);
      clearTimeout(timer);
      pending.settle();
    },
    failed: (error) => {
      if (pending === undefined || !isOtsError(error)) return error;
      if (error.code === 'network' && error.ambiguous) {
        return new OtsError('network', error.message, {
          hint: `nothing is lost yet: run the same command again within ${seconds} seconds`,
          ambiguous: true,
          cause: error.cause,
        });
      }
      // Refused or gone: no answer waits for this claim.
      pending.settle();
      return error;
    },
  };
}
