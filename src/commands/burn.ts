/**
 * `ots burn`: destroys secrets without reading them, in the least destructive way that works: by receipt where one is
 * known, else by spending the one view and throwing it away unseen.
 */
import { EXIT_CODES, isOtsError, OtsError } from '../core/index.ts';
import { confirm } from '../io/prompt.ts';
import { type ErrorJson, errorJson, toOtsError } from '../io/report.ts';
import { sanitizeLine } from '../io/sanitize.ts';
import { printTable } from '../io/table.ts';
import { isLive, type Receipt } from '../local/receipts.ts';
import type { Context, GlobalOptions } from './context.ts';
import { burnByReceipt, spend } from './destroy.ts';
import type { PassphraseOptions } from './passphrase.ts';
import { isKnownRegion, resolveSettings, type Settings } from './settings.ts';
import { knownReceipts, readTargets, receiptTarget, type Target } from './target.ts';

export interface BurnOptions extends GlobalOptions, PassphraseOptions {
  label?: string;
  dryRun?: boolean;
  yes?: boolean;
  /** False with --no-spend. */
  spend?: boolean;
  anyHost?: boolean;
}

type Result = 'burned' | 'spent' | 'gone' | 'refused' | 'unknown_host' | 'failed';
type How = 'receipt' | 'list' | 'spend';

/** A row of the result. Source: docs/AUTOMATION.md. */
interface BurnRow {
  target: string;
  secret_id: string | null;
  receipt_id: string | null;
  server: string;
  result: Result;
  how: How | null;
  /** Why it may still be readable. */
  error?: ErrorJson;
  dry_run?: true;
}

const HARMLESS: Result[] = ['burned', 'spent', 'gone'];

/** @returns the exit code */
export async function burn(ctx: Context, texts: string[], options: BurnOptions): Promise<number> {
  const settings = await resolveSettings(ctx, options);
  const receipts = knownReceipts(ctx);
  const targets = await chooseTargets(ctx, texts, receipts, settings, options);
  await askFirst(ctx, targets, options);
  const rows: BurnRow[] = [];
  for (const target of targets) {
    const row = await burnOne(ctx, target, settings, receipts, options);
    rows.push(row);
    if (ctx.io.json) await ctx.io.outJson(row);
  }
  if (!ctx.io.json) await printRows(ctx, rows);
  const open = rows.filter((row) => !HARMLESS.includes(row.result));
  const [only] = open;
  if (only === undefined) return 0;
  // One target with a cause of its own (network, lock-out, …) says so; otherwise what counts is: still readable.
  const single = rows.length === 1 && only.result === 'failed' ? only.error?.exit_code : undefined;
  return single ?? EXIT_CODES.partial;
}

async function chooseTargets(
  ctx: Context,
  texts: string[],
  receipts: Receipt[],
  settings: Settings,
  options: BurnOptions,
): Promise<Target[]> {
  if (options.label === undefined) return readTargets(ctx, texts, receipts, settings.baseUrl);
  if (texts.length > 0) {
    throw new OtsError('usage', 'targets and --label exclude each other', { hint: 'give one or the other' });
  }
  const labelled = receipts.filter((receipt) => receipt.label === options.label && isLive(receipt));
  if (labelled.length === 0) {
    throw new OtsError('usage', 'nothing unread was shared from here under that label', {
      hint: 'see: ots receipts',
    });
  }
  return labelled.map(receiptTarget);
}

/** More than one needs a yes: asked for on a terminal, demanded as a flag elsewhere. */
async function askFirst(ctx: Context, targets: Target[], options: BurnOptions): Promise<void> {
  if (targets.length < 2 || options.yes || options.dryRun) return;
  const missing = { what: 'the confirmation', flag: '--yes' };
  if (!(await confirm(ctx.io, `Burn ${targets.length} secrets?`, missing))) {
    throw new OtsError('interrupted', 'nothing was burned');
  }
}

async function burnOne(
  ctx: Context,
  target: Target,
  settings: Settings,
  receipts: Receipt[],
  options: BurnOptions,
): Promise<BurnRow> {
  const how: How =
    target.receiptId === undefined
      ? 'spend'
      : target.link?.kind === 'receipt' || !target.known
        ? 'receipt'
        : 'list';
  const base = {
    target: target.shown,
    secret_id: target.secretId ?? null,
    receipt_id: target.receiptId ?? null,
    server: target.baseUrl,
  };
  const row = (result: Result, error?: OtsError): BurnRow => ({
    ...base,
    result,
    how: result === 'unknown_host' ? null : how,
    ...(error && { error: errorJson(error) }),
    ...(options.dryRun && { dry_run: true as const }),
  });
  if (how === 'spend') {
    if (!mayContact(target, settings, receipts, options)) return row('unknown_host', unknownHost());
    if (options.spend === false) return row('refused', noSpend());
  }
  if (options.dryRun) return row(how === 'spend' ? 'spent' : 'burned');
  try {
    return row(
      how === 'spend'
        ? await spend(ctx, target, settings, options)
        : await burnByReceipt(ctx, target, settings, options),
    );
  } catch (caught) {
    const error = toOtsError(caught);
    return row(
      isOtsError(error, 'wrong_passphrase') || isOtsError(error, 'refused') ? 'refused' : 'failed',
      error,
    );
  }
}

/** A chat export must not steer requests: ordinary-looking links lead only to hosts that are known anyway. */
function mayContact(target: Target, settings: Settings, receipts: Receipt[], options: BurnOptions): boolean {
  if (options.anyHost || target.link?.kind !== 'ordinary') return true;
  const { baseUrl } = target;
  return (
    baseUrl === settings.baseUrl ||
    isKnownRegion(baseUrl) ||
    receipts.some(({ server }) => server === baseUrl)
  );
}

async function printRows(ctx: Context, rows: BurnRow[]): Promise<void> {
  const cells = rows.map((row) => [
    row.dry_run ? `would be ${row.result}` : row.result,
    row.how ?? '-',
    row.target,
  ]);
  await printTable(ctx.io, ['RESULT', 'HOW', 'TARGET'], cells);
  for (const { error, target } of rows) {
    if (error === undefined) continue;
    await ctx.io.err(`${ctx.io.paint.red('ots:')} ${sanitizeLine(`${target}: ${error.message}`)}\n`);
    if (error.hint !== undefined) await ctx.io.err(`hint: ${sanitizeLine(error.hint)}\n`);
  }
}

function unknownHost(): OtsError {
  return new OtsError('refused', 'its host is neither configured nor known here, and was not contacted', {
    hint: '--any-host contacts it, --server names it',
  });
}

function noSpend(): OtsError {
  return new OtsError(
    'refused',
    'its receipt is unknown here, and --no-spend forbids spending the one view',
    {
      hint: 'burn it where it was shared, or leave out --no-spend',
    },
  );
}
