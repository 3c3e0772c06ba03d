/** A chat export must not steer requests: which hosts a text may lead to. */
import { OtsError } from '../core/index.ts';
import { isKnownRegion } from './settings.ts';
import type { KnownReceipts, Target } from './target.ts';

/**
 * Whether a target's host may be contacted without --any-host: where an encrypted link leads, and what somebody typed
 * as a receipt; all else only where the host is configured, in the local list, or a hosted region.
 */
export function mayContact(target: Target, configured: string, receipts: KnownReceipts): boolean {
  const { link, baseUrl } = target;
  if (link === undefined || link.kind === 'sealed') return true;
  if (link.kind === 'receipt' && !target.found) return true;
  return baseUrl === configured || isKnownRegion(baseUrl) || receipts.servers.has(baseUrl);
}

/** The error for those that may not. */
export function unknownHost(): OtsError {
  return new OtsError('refused', 'its host is neither configured nor known here, and was not contacted', {
    hint: '--any-host contacts it, --server names it',
  });
}
