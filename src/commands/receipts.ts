/** `ots receipts`: what this machine shared, and what waits in `recovered/`. */
import { printTable } from '../io/table.ts';
import { isLive, type Receipt, readReceipts } from '../local/receipts.ts';
import { listRecovered, type RecoveredFile } from '../local/recovered.ts';
import type { Context } from './context.ts';
import { formatAge, formatExpiry } from './times.ts';

export async function receipts(ctx: Context): Promise<void> {
  const listed = readReceipts(ctx.paths.state).map((receipt) => settled(ctx, receipt));
  const waiting = listRecovered(ctx.paths.state, ctx.now());
  if (ctx.io.json) {
    for (const { gate_token: _, ...shown } of listed) await ctx.io.outJson(shown);
    for (const file of waiting) await ctx.io.outJson({ recovered: file.path, created_at: modifiedAt(file) });
    return;
  }
  if (listed.length === 0)
    ctx.io.noteOnTerminal('nothing was shared from this machine yet; try: ots share FILE');
  else await printReceipts(ctx, listed);
  for (const file of waiting) {
    ctx.io.warn(`fetched but not delivered, ${formatAge(ctx, modifiedAt(file))}: ${file.path}`);
    ctx.io.note(`hint: ots decrypt ${file.path.endsWith('.ots') ? '--link LINK ' : ''}${file.path}`);
  }
}

/** By its expiry a secret is gone, whatever was last seen; how it went only the server knows. */
function settled(ctx: Context, receipt: Receipt): Receipt {
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
  await printTable(ctx.io, ['AGE', 'LABEL', 'SERVER', 'STATE', 'EXPIRES', 'RECEIPT'], rows);
}

function modifiedAt(file: RecoveredFile): string {
  return new Date(file.modifiedAtMs).toISOString();
}
