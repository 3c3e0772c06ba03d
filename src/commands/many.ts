/** Works on many targets at once, with rows in their order. Ctrl-C finishes what is under way and starts nothing more. */
import { OtsError } from '../core/index.ts';
import { bar, progressLine } from '../io/progress.ts';
import type { Context } from './context.ts';
import { inOrder } from './each-window.ts';

const DEFAULT_JOBS = 8;
const MAX_JOBS = 64;
/** Rows that may wait for one before them, for each job. */
const WINDOW_PER_JOB = 64;

/** How many at a time. @throws OtsError `usage` unless 1 to 64 */
export function parseJobs(text: string | undefined): number {
  if (text === undefined) return DEFAULT_JOBS;
  const jobs = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (jobs < 1 || jobs > MAX_JOBS) {
    throw new OtsError('usage', `--jobs takes a number from 1 to ${MAX_JOBS}`, { hint: '8 unless given' });
  }
  return jobs;
}

export interface ManyOptions<T, R> {
  jobs: number;
  /** For the line of progress, as `burning`. */
  verb: string;
  /** Never rejects. @returns undefined for an item that was not tried */
  work: (item: T) => Promise<R | undefined>;
  /** Gets rows in the order of the items. May reject: then nothing more is started. */
  show: (row: R) => Promise<void>;
  /** Called once when nothing new may be started. */
  stop: () => void;
}

export interface ManyResult<R> {
  rows: R[];
  untried: number;
  /** A signal came. */
  interrupted: boolean;
}

/** Works on all items. @throws what `show` throws, once nothing is under way any more */
export async function forMany<T, R>(
  ctx: Context,
  items: T[],
  { jobs, verb, work, show, stop }: ManyOptions<T, R>,
): Promise<ManyResult<R>> {
  const rows: R[] = [];
  let stopped = false;
  let failure: { error: unknown } | undefined;
  const end = (): void => {
    if (!stopped) stop();
    stopped = true;
  };
  const source = async function* (): AsyncGenerator<T> {
    for (const item of items) {
      if (stopped) return;
      yield item;
    }
  };
  const line = progressLine(ctx.io, () => `${verb} ${bar(rows.length / items.length)} of ${items.length}`);
  const hold = ctx.holdSignals(() => {
    line.hide();
    ctx.io.note('finishing what is under way; nothing more is started');
    end();
  });
  const deliver = async (outcomes: (R | undefined)[]): Promise<void> => {
    for (const row of outcomes) {
      if (row === undefined) continue;
      rows.push(row);
      if (failure !== undefined) continue;
      line.hide();
      await show(row).catch((error: unknown) => {
        failure = { error };
        end();
      });
    }
  };
  try {
    await inOrder(source(), { jobs, window: jobs * WINDOW_PER_JOB, work, deliver }, () => undefined).done;
  } finally {
    line.end();
    hold.release();
  }
  if (failure !== undefined) throw failure.error;
  return { rows, untried: items.length - rows.length, interrupted: hold.received !== undefined };
}
