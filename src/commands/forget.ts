/** `ots receipts forget`: removes receipts from the list on this machine. The secrets themselves stay as they are. */
import { isOtsError, OtsError } from '../core/index.ts';
import { confirm } from '../io/prompt.ts';
import { forgetReceipts, isLive, type Receipt, readReceipts } from '../local/receipts.ts';
import type { Context } from './context.ts';
import { type ReceiptsOptions, settled } from './receipts.ts';
import type { Target } from './target.ts';

/** @param words receipts or secrets, as identifiers or links @returns the exit code */
export async function forget(ctx: Context, words: string[], options: ReceiptsOptions): Promise<number> {
  const ways = [words.length > 0, options.gone, options.all, options.label !== undefined];
  if (ways.filter(Boolean).length !== 1) {
    throw new OtsError('usage', 'say what to forget: receipts, --gone, --label TEXT or --all, one of them', {
      hint: 'see: ots receipts',
    });
  }
  const which = await chosen(ctx, words, options);
  const live = readReceipts(ctx.paths.state).filter(
    (receipt) => which(receipt) && isLive(settled(ctx, receipt)),
  );
  if (options.all && !options.yes) await askFirst(ctx, live.length);
  const removed = await forgetReceipts(ctx.paths.state, ctx.now, which);
  if (ctx.io.json)
    for (const { server, receipt_id } of removed) await ctx.io.outJson({ forgotten: receipt_id, server });
  ctx.io.note(
    `${removed.length} forgotten${live.length > 0 ? `; ${live.length} of them may still be unread` : ''}`,
  );
  return 0;
}

/** @throws OtsError `not_found` for a receipt that is not in the list: nothing is forgotten then */
async function chosen(
  ctx: Context,
  words: string[],
  options: ReceiptsOptions,
): Promise<(receipt: Receipt) => boolean> {
  if (options.all) return () => true;
  if (options.label !== undefined) return ({ label }) => label === options.label;
  if (options.gone) return (receipt) => !isLive(settled(ctx, receipt));
  const { knownReceipts, parseTarget } = await import('./target.ts');
  const targetOf = (word: string, among: typeof known): Target | undefined => {
    try {
      return parseTarget(word, among, '');
    } catch (error) {
      if (isOtsError(error, 'usage')) return undefined;
      throw error;
    }
  };
  const known = knownReceipts(ctx);
  const named = new Set(
    words.map((word) => {
      const receipt = targetOf(word, known)?.known;
      if (receipt !== undefined) return `${receipt.server} ${receipt.receipt_id}`;
      throw new OtsError('not_found', 'one of these receipts is not in the list of this machine', {
        hint: 'nothing was forgotten; see: ots receipts',
      });
    }),
  );
  return ({ server, receipt_id }) => named.has(`${server} ${receipt_id}`);
}

async function askFirst(ctx: Context, unread: number): Promise<void> {
  const words =
    unread > 0
      ? `Forget all receipts? ${unread} may be unread, and could then only be spent.`
      : 'Forget all receipts?';
  if (!(await confirm(ctx.io, words, { what: 'the confirmation', flag: '--yes' })))
    throw new OtsError('interrupted', 'nothing was forgotten');
}
