/** What `burn` and `status` are pointed at: a secret link, a receipt link, or an identifier, and what is known of it. */
import { IDENTIFIER_PATTERN, type Link, OtsError, parseLink } from '../core/index.ts';
import { findByReceipt, findBySecret, type Receipt, readReceipts } from '../local/receipts.ts';
import type { Context } from './context.ts';

export interface Target {
  /** For rows: as given, but without the key. */
  shown: string;
  /** Undefined for a bare identifier and for what a label named. */
  link: Link | undefined;
  /** What this machine remembers of it. */
  known: Receipt | undefined;
  baseUrl: string;
  secretId: string | undefined;
  receiptId: string | undefined;
}

/** The local list, empty when it cannot be read: burning from links must not depend on it. */
export function knownReceipts(ctx: Context): Receipt[] {
  try {
    return readReceipts(ctx.paths.state);
  } catch {
    ctx.io.warn('the list of receipts on this machine cannot be read');
    return [];
  }
}

/**
 * Reads a target.
 *
 * @param baseUrl the configured server, for bare identifiers
 * @throws OtsError `usage`; nothing has happened yet
 */
export function parseTarget(text: string, receipts: Receipt[], baseUrl: string): Target {
  const trimmed = text.trim();
  if (IDENTIFIER_PATTERN.test(trimmed)) {
    const known = findByReceipt(receipts, trimmed) ?? findBySecret(receipts, trimmed);
    if (known !== undefined) return { ...receiptTarget(known), shown: trimmed };
    return {
      shown: trimmed,
      link: undefined,
      known: undefined,
      baseUrl,
      secretId: undefined,
      receiptId: trimmed,
    };
  }
  const link = parseLink(text);
  if (link.kind === 'receipt') {
    const known = findByReceipt(receipts, link.identifier);
    const shown = `${link.baseUrl}/receipt/${link.identifier}`;
    return {
      shown,
      link,
      known,
      baseUrl: link.baseUrl,
      secretId: known?.secret_id,
      receiptId: link.identifier,
    };
  }
  const known = findBySecret(receipts, link.identifier);
  return {
    shown: `${link.baseUrl}/secret/${link.identifier}`,
    link,
    known,
    baseUrl: known?.server ?? link.baseUrl,
    secretId: link.identifier,
    receiptId: known?.receipt_id,
  };
}

/** A target that the local list names. */
export function receiptTarget(known: Receipt): Target {
  return {
    shown: known.receipt_id,
    link: undefined,
    known,
    baseUrl: known.server,
    secretId: known.secret_id,
    receiptId: known.receipt_id,
  };
}

/** Reads all targets, each once. `-` takes one from standard input. */
export async function readTargets(
  ctx: Context,
  texts: string[],
  receipts: Receipt[],
  baseUrl: string,
): Promise<Target[]> {
  const targets = new Map<string, Target>();
  for (const text of texts) {
    const given = text === '-' ? Buffer.from(await ctx.io.readAll(65_536)).toString() : text;
    const target = parseTarget(given, receipts, baseUrl);
    const key = `${target.baseUrl} ${target.receiptId ?? ''} ${target.secretId ?? ''}`;
    if (!targets.has(key)) targets.set(key, target);
  }
  if (targets.size === 0) {
    throw new OtsError('usage', 'there is nothing to work on', {
      hint: 'give a link, a receipt or an identifier',
    });
  }
  return [...targets.values()];
}
