/**
 * `ots burn`: destroys secrets without reading them, in the least destructive way that works: by receipt where one is
 * known here or in the account, else by spending the one view and throwing it away unseen.
 */
import { EXIT_CODES, isOtsError, OtsError } from '../core/index.ts';
import { confirm } from '../io/prompt.ts';
import { toOtsError } from '../io/report.ts';
import { isLive } from '../local/receipts.ts';
import type { ReceiptInfo } from '../remote/types.ts';
import { type BurnRow, burnRow, type How, isOpen, showBurnRow, showBurnTable, summary } from './burn-row.ts';
import type { Context, GlobalOptions } from './context.ts';
import { createDestroyer, type Destroyer, type ReceiptPlace } from './destroy.ts';
import { mayContact, unknownHost } from './hosts.ts';
import { forMany, parseJobs } from './many.ts';
import type { PassphraseOptions } from './passphrase.ts';
import { createServers, type Servers } from './servers.ts';
import { resolveSettings, type Settings } from './settings.ts';
import {
  type KnownReceipts,
  knownReceipts,
  nearest,
  readTargets,
  receiptTarget,
  type Target,
} from './target.ts';

export interface BurnOptions extends GlobalOptions, PassphraseOptions {
  label?: string;
  dryRun?: boolean;
  yes?: boolean;
  /** False with --no-spend. */
  spend?: boolean;
  anyHost?: boolean;
  jobs?: string;
}

/** What every target of one run shares. */
interface Run {
  settings: Settings;
  receipts: KnownReceipts;
  servers: Servers;
  destroyer: Destroyer;
  options: BurnOptions;
}

/** @returns the exit code */
export async function burn(ctx: Context, texts: string[], options: BurnOptions): Promise<number> {
  const settings = await resolveSettings(ctx, options);
  const wanted = parseJobs(options.jobs);
  const receipts = knownReceipts(ctx);
  const targets = await chooseTargets(ctx, texts, receipts, settings, options);
  await askFirst(ctx, targets, texts.includes('-'), options);
  const jobs = Math.min(wanted, targets.length);
  const servers = createServers(ctx, settings, jobs);
  const destroyer = createDestroyer(ctx, servers, options);
  const run: Run = { settings, receipts, servers, destroyer, options };
  try {
    const { rows, untried, interrupted } = await forMany<Target, BurnRow>(ctx, targets, {
      jobs,
      verb: 'burning',
      work: (target) => burnOne(run, target),
      show: (row) => showBurnRow(ctx, row),
      stop: () => servers.stop(),
    });
    await showBurnTable(ctx, rows);
    if (targets.length > 1 || texts.includes('-')) ctx.io.note(summary(rows, untried));
    return interrupted ? EXIT_CODES.interrupted : exitCode(rows);
  } finally {
    await servers.close();
  }
}

function exitCode(rows: BurnRow[]): number {
  const [only] = rows.filter(isOpen);
  if (only === undefined) return 0;
  // One target with a cause of its own (network, lock-out, …) says so; otherwise what counts is: still readable.
  const single = rows.length === 1 && only.result === 'failed' ? only.error?.exit_code : undefined;
  return single ?? EXIT_CODES.partial;
}

async function chooseTargets(
  ctx: Context,
  texts: string[],
  receipts: KnownReceipts,
  settings: Settings,
  options: BurnOptions,
): Promise<Target[]> {
  if (options.label === undefined) return readTargets(ctx, texts, receipts, settings.baseUrl);
  if (texts.length > 0) {
    throw new OtsError('usage', 'targets and --label exclude each other', { hint: 'give one or the other' });
  }
  const labelled = receipts.all.filter((receipt) => receipt.label === options.label && isLive(receipt));
  if (labelled.length === 0) {
    throw new OtsError('usage', 'nothing unread was shared from here under that label', {
      hint: 'see: ots receipts',
    });
  }
  return labelled.map(receiptTarget);
}

/** More than one needs a yes: asked for on a terminal, demanded as a flag elsewhere, and for what a text named. */
async function askFirst(
  ctx: Context,
  targets: Target[],
  fromText: boolean,
  options: BurnOptions,
): Promise<void> {
  if (options.yes || options.dryRun || (targets.length < 2 && !fromText)) return;
  const many = targets.length === 1 ? '1 secret' : `${targets.length} secrets`;
  if (fromText) {
    throw new OtsError('usage', `the text leads to ${many}; burning them needs --yes`, {
      hint: '--dry-run shows them first; nothing was burned',
    });
  }
  const missing = { what: 'the confirmation', flag: '--yes' };
  if (!(await confirm(ctx.io, `Burn ${many}?`, missing)))
    throw new OtsError('interrupted', 'nothing was burned');
}

/** @returns undefined when it was not tried, since the program was asked to stop */
async function burnOne(run: Run, target: Target): Promise<BurnRow | undefined> {
  const { settings, options, receipts, destroyer } = run;
  const dry = options.dryRun ?? false;
  let how: How = 'spend';
  let receiptId: string | undefined;
  try {
    const place = await findReceipt(run, target);
    how = place?.how ?? 'spend';
    receiptId = place?.receiptId;
    const allowed = options.anyHost || how === 'list' || how === 'account';
    if (!allowed && !mayContact(target, settings.baseUrl, receipts))
      return burnRow(target, dry, { result: 'unknown_host', how: null, error: unknownHost() });
    if (place === undefined && options.spend === false) throw noSpend();
    if (dry && place === undefined) destroyer.checkSpend(target);
    if (dry) return burnRow(target, dry, { result: place ? 'burned' : 'spent', how, receiptId });
    const result = place ? await destroyer.burn(target, place) : await destroyer.spend(target);
    return burnRow(target, dry, { result, how, receiptId });
  } catch (caught) {
    const error = toOtsError(caught);
    if (error.code === 'interrupted') return undefined;
    const refused = isOtsError(error, 'wrong_passphrase') || isOtsError(error, 'refused');
    return burnRow(target, dry, { result: refused ? 'refused' : 'failed', how, receiptId, error });
  }
}

/** The receipt of a target: its own, or the local list's, or the account's. */
async function findReceipt(
  { settings, servers }: Run,
  target: Target,
): Promise<(ReceiptPlace & { how: How }) | undefined> {
  const { receiptId, baseUrl, link, known } = target;
  if (receiptId !== undefined)
    return { receiptId, baseUrl, how: link?.kind === 'receipt' || !known ? 'receipt' : 'list' };
  const found = inAccount(target, await servers.accountReceipts(), settings.baseUrl);
  return found && { receiptId: found.receiptId, baseUrl: settings.baseUrl, how: 'account' };
}

/**
 * The account's receipt of a secret. By its identifier wherever the link leads: a custom domain is another host. By
 * the identifier's beginning only on the server itself, and only if one alone begins so.
 */
function inAccount(target: Target, receipts: ReceiptInfo[], configured: string): ReceiptInfo | undefined {
  const { secretId, link, baseUrl } = target;
  if (secretId === undefined) return undefined;
  const exact = receipts.find((receipt) => receipt.secretId === secretId);
  if (exact !== undefined) return exact;
  if (link?.kind === 'damaged') return nearest(receipts, secretId, (receipt) => receipt.secretId);
  if (baseUrl !== configured) return undefined;
  const alike = receipts.filter(
    (receipt) =>
      receipt.secretId === undefined && receipt.secretShortId && secretId.startsWith(receipt.secretShortId),
  );
  return alike.length === 1 ? alike[0] : undefined;
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
