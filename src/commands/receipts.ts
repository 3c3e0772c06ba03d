/** `ots receipts`: what this machine shared, and what waits in `recovered/`. */
import { OtsError } from '../core/index.ts';
import { printTable } from '../io/table.ts';
import { isLive, type Receipt, readReceipts } from '../local/receipts.ts';
import { decryptCommand, listRecovered, type RecoveredFile } from '../local/recovered.ts';
import type { Context, GlobalOptions } from './context.ts';
import { formatAge, formatExpiry } from './times.ts';

export interface ReceiptsOptions extends GlobalOptions {
  refresh?: boolean;
  remote?: boolean;
  jobs?: string;
  /** These choose what to forget; the label also what to list. */
  gone?: boolean;
  all?: boolean;
  label?: string;
  yes?: boolean;
}

/** @param words nothing, or `forget` and what to forget @returns the exit code */
export async function receipts(ctx: Context, words: string[], options: ReceiptsOptions): Promise<number> {
  const [action, ...rest] = words;
  if (action === 'forget') return (await import('./forget.ts')).forget(ctx, rest, options);
  if (action !== undefined) {
    throw new OtsError('usage', 'the only thing to do with receipts is: forget', {
      hint: 'ots receipts forget RECEIPT, or without words to list them',
    });
  }
  if (options.gone || options.all) {
    throw new OtsError('usage', '--gone and --all say what to forget', {
      hint: 'ots receipts forget --gone',
    });
  }
  if (options.remote) return (await import('./receipts-remote.ts')).remoteReceipts(ctx, options);
  const code = options.refresh ? await (await import('./refresh.ts')).refresh(ctx, options) : 0;
  const listed = readReceipts(ctx.paths.state)
    .map((receipt) => settled(ctx, receipt))
    .filter(({ label }) => options.label === undefined || label === options.label);
  await list(ctx, listed, options.label);
  return code;
}

async function list(ctx: Context, listed: Receipt[], label: string | undefined): Promise<void> {
  const waiting = listRecovered(ctx.paths.state, ctx.now());
  if (ctx.io.json) {
    for (const { gate_token: _, ...shown } of listed) await ctx.io.outJson(shown);
    for (const file of waiting) await ctx.io.outJson({ recovered: file.path, created_at: modifiedAt(file) });
    return;
  }
  if (listed.length === 0 && label !== undefined)
    ctx.io.noteOnTerminal('nothing under that label; all there is: ots receipts');
  else if (listed.length === 0)
    ctx.io.noteOnTerminal('nothing was shared from this machine yet; try: ots share FILE');
  else await printReceipts(ctx, listed);
  for (const file of waiting) {
    ctx.io.warn(`fetched but not delivered, ${formatAge(ctx, modifiedAt(file))}: ${file.path}`);
    ctx.io.note(`hint: ${decryptCommand(file)}`);
  }
}

/** By its expiry a secret is gone, whatever was last seen; how it went only the server knows. */
export function settled(ctx: Context, receipt: Receipt): Receipt {
  const over = receipt.expires_at !== null && Date.parse(receipt.expires_at) <= ctx.now();
  return over && isLive(receipt) ? { ...receipt, state: 'gone' } : receipt;
}

async function printReceipts(ctx: Context, listed: Receipt[]): Promise<void> {
  const rows = listed.map((receipt) => [
    formatAge(ctx, receipt.created_at),
    receipt.label ?? '-',
    new URL(receipt.server).host,
    receipt.state,
    isLive(receipt) || !ctx.io.stdoutIsTerminal ? formatExpiry(ctx, receipt.expires_at) : '-',
    receipt.receipt_id,
  ]);
  await printTable(ctx.io, ['AGE', 'LABEL', 'SERVER', 'STATE', 'EXPIRES', 'RECEIPT'], rows, 5);
}

function modifiedAt(file: RecoveredFile): string {
  return new Date(file.modifiedAtMs).toISOString();
}
