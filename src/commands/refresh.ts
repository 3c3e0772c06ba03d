/** `ots receipts --refresh`: asks the servers how the secrets of this machine stand, and notes it in the list. */
import { EXIT_CODES } from '../core/index.ts';
import { toOtsError } from '../io/report.ts';
import { isLive, noteState, type Receipt, readReceipts } from '../local/receipts.ts';
import type { SecretState } from '../remote/types.ts';
import type { Context } from './context.ts';
import { forMany, parseJobs } from './many.ts';
import type { ReceiptsOptions } from './receipts.ts';
import { createServers } from './servers.ts';
import { resolveSettings } from './settings.ts';

interface Seen {
  receipt: Receipt;
  state: SecretState | undefined;
  failure: string | undefined;
}

/** Only what may have changed is asked for. @returns the exit code: 10 when some could not be told */
export async function refresh(ctx: Context, options: ReceiptsOptions): Promise<number> {
  const settings = await resolveSettings(ctx, options);
  const live = readReceipts(ctx.paths.state).filter(
    (receipt) => isLive(receipt) && (options.label === undefined || receipt.label === options.label),
  );
  const jobs = Math.max(1, Math.min(parseJobs(options.jobs), live.length));
  const servers = createServers(ctx, settings, jobs);
  const ask = async (receipt: Receipt): Promise<Seen | undefined> => {
    try {
      const { state } = await servers.ask(receipt.server, {}, (remote) => remote.receipt(receipt.receipt_id));
      return { receipt, state, failure: undefined };
    } catch (caught) {
      const error = toOtsError(caught);
      if (error.code === 'interrupted') return undefined;
      // A receipt outlives its secret.
      if (error.code === 'not_found') return { receipt, state: 'gone', failure: undefined };
      return { receipt, state: undefined, failure: error.message };
    }
  };
  try {
    const { rows, untried, interrupted } = await forMany(ctx, live, {
      jobs,
      verb: 'asking',
      work: ask,
      show: async ({ receipt, state }) => {
        if (state !== undefined) noteState(ctx.paths.state, receipt, state);
      },
      stop: () => servers.stop(),
    });
    const failures = rows.flatMap(({ failure }) => failure ?? []);
    for (const words of new Set(failures)) ctx.io.warn(`not refreshed: ${words}`);
    if (untried > 0) ctx.io.note(`${untried} not asked`);
    if (interrupted) return EXIT_CODES.interrupted;
    return failures.length > 0 ? EXIT_CODES.partial : 0;
  } finally {
    await servers.close();
  }
}
