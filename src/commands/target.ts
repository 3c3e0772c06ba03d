/** What `burn` and `status` are pointed at: secret links, receipt links, identifiers, and what is known of them. */
import { type FoundLink, IDENTIFIER_PATTERN, OtsError, parseLink } from '../core/index.ts';
import { type Receipt, readReceipts } from '../local/receipts.ts';
import type { Context } from './context.ts';

export interface Target {
  /** For rows: as given, but without the key. */
  shown: string;
  /** Undefined for a bare identifier and for what a label named. */
  link: FoundLink | undefined;
  /** What this machine remembers of it. */
  known: Receipt | undefined;
  baseUrl: string;
  secretId: string | undefined;
  receiptId: string | undefined;
  /** It was found in a text, which may be anybody's. */
  found?: true;
}

/** The local list, and where to find what in it. */
export interface KnownReceipts {
  all: Receipt[];
  bySecret: ReadonlyMap<string, Receipt>;
  byReceipt: ReadonlyMap<string, Receipt>;
  servers: ReadonlySet<string>;
}

/** The shortest beginning of an identifier that nobody else's has: what every server makes is random. */
const TELLING_CHARACTERS = 20;
/** A text without links may be a list of identifiers; nobody has longer ones. */
const MAX_LIST_CHARACTERS = 1 << 20;

/** The local list, empty when it cannot be read: burning from links must not depend on it. */
export function knownReceipts(ctx: Context): KnownReceipts {
  let all: Receipt[] = [];
  try {
    all = readReceipts(ctx.paths.state);
  } catch {
    ctx.io.warn('the list of receipts on this machine cannot be read');
  }
  return {
    all,
    bySecret: new Map(all.map((receipt) => [receipt.secret_id, receipt])),
    byReceipt: new Map(all.map((receipt) => [receipt.receipt_id, receipt])),
    servers: new Set(all.map(({ server }) => server)),
  };
}

/**
 * Reads a target.
 *
 * @param baseUrl the configured server, for bare identifiers
 * @throws OtsError `usage`; nothing has happened yet
 */
export function parseTarget(text: string, receipts: KnownReceipts, baseUrl: string): Target {
  const trimmed = text.trim();
  if (!IDENTIFIER_PATTERN.test(trimmed)) return linkTarget(parseLink(text), receipts);
  const known = receipts.byReceipt.get(trimmed) ?? receipts.bySecret.get(trimmed);
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

function linkTarget(link: FoundLink, receipts: KnownReceipts): Target {
  const { identifier } = link;
  if (link.kind === 'receipt') {
    const known = receipts.byReceipt.get(identifier);
    const shown = `${link.baseUrl}/receipt/${identifier}`;
    return { shown, link, known, baseUrl: link.baseUrl, secretId: known?.secret_id, receiptId: identifier };
  }
  const known =
    receipts.bySecret.get(identifier) ??
    (link.kind === 'damaged' ? nearest(receipts.all, identifier, (one) => one.secret_id) : undefined);
  return {
    shown: `${link.baseUrl}/secret/${identifier}`,
    link,
    known,
    baseUrl: known?.server ?? link.baseUrl,
    secretId: known?.secret_id ?? identifier,
    receiptId: known?.receipt_id,
  };
}

/** The one entry whose identifier was cut to this, or got something glued to it. */
export function nearest<T>(
  entries: T[],
  identifier: string,
  idOf: (entry: T) => string | undefined,
): T | undefined {
  const alike = entries.filter((entry) => {
    const id = idOf(entry) ?? '';
    return id.length >= TELLING_CHARACTERS && (id.startsWith(identifier) || identifier.startsWith(id));
  });
  return alike.length === 1 ? alike[0] : undefined;
}

/** Reads all targets, each once. `-` takes every link from standard input, whatever text it is. */
export async function readTargets(
  ctx: Context,
  texts: string[],
  receipts: KnownReceipts,
  baseUrl: string,
): Promise<Target[]> {
  const targets = new Map<string, Target>();
  const add = (target: Target): void => {
    const key = `${target.baseUrl} ${target.receiptId ?? ''} ${target.secretId ?? ''}`;
    if (!targets.has(key)) targets.set(key, target);
  };
  for (const text of texts.filter((one) => one !== '-')) add(parseTarget(text, receipts, baseUrl));
  if (texts.includes('-')) for (const target of await scanInput(ctx, receipts, baseUrl)) add(target);
  if (targets.size === 0) {
    const scanned = texts.includes('-');
    throw new OtsError(
      'usage',
      scanned ? 'there is no secret link in that text' : 'there is nothing to work on',
      {
        hint: 'give a link, a receipt or an identifier',
      },
    );
  }
  return [...targets.values()];
}

/** Every link in standard input; where there is none, identifiers, if they are all there is. */
async function scanInput(ctx: Context, receipts: KnownReceipts, baseUrl: string): Promise<Target[]> {
  const [{ createScanner }, { pieces }, { progressLine }] = await Promise.all([
    import('../core/scan.ts'),
    import('../io/pieces.ts'),
    import('../io/progress.ts'),
  ]);
  const scanner = createScanner();
  let beginning = '';
  let size = 0;
  const line = progressLine(ctx.io, () => `looking for links, ${Math.floor(size / 1e6)} MB read`);
  try {
    for await (const piece of pieces(ctx.io.chunks())) {
      scanner.push(piece);
      size += piece.length;
      if (beginning.length <= MAX_LIST_CHARACTERS) beginning += piece;
    }
  } finally {
    line.end();
  }
  const links = scanner.finish();
  if (links.length > 0) return links.map((link) => ({ ...linkTarget(link, receipts), found: true }));
  const words = size <= MAX_LIST_CHARACTERS ? beginning.trim().split(/\s+/) : [];
  if (!words.every((word) => IDENTIFIER_PATTERN.test(word))) return [];
  return words.map((word) => parseTarget(word, receipts, baseUrl));
}
