/** Hands rows over in order: receipts to disk first, then links to standard output, then failures to whoever watches. */
import { isOtsError, type OtsError } from '../core/index.ts';
import type { ProgressLine } from '../io/progress.ts';
import { sanitizeLine } from '../io/sanitize.ts';
import { addReceipts, type Receipt } from '../local/receipts.ts';
import type { Context } from './context.ts';
import type { EachOutput, EachRecord, Outcome } from './each-record.ts';
import { type Published, receiptOf } from './publish.ts';

/** A record and what became of it. */
export interface Result {
  record: EachRecord;
  outcome: Outcome;
}

export interface Tally {
  shared: number;
  kept: number;
  failed: number;
  untried: number;
  /** Shared, and their links could not be written. */
  lost: number;
  /** Lifetimes that the server changed. */
  changed: number;
  firstChange: string | undefined;
}

/** Receipts wait for each other, but not for long: what is on the server should be known here. */
export interface Receipts {
  add(published: Published): void;
  flush(): void;
}

const MAX_WAITING = 64;
const MAX_WAIT_MS = 50;

/** Keeps receipts in few writes. A failure is one warning: the secrets are shared. */
export function createReceipts(ctx: Context): Receipts {
  let waiting: Receipt[] = [];
  let warned = false;
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0) return;
    const receipts = waiting;
    waiting = [];
    try {
      addReceipts(ctx.paths.state, receipts);
    } catch {
      if (!warned) ctx.io.warn('the receipts could not be kept here; --json tells what ots burn needs');
      warned = true;
    }
  };
  return {
    add(published) {
      waiting.push(receiptOf(published));
      if (waiting.length >= MAX_WAITING) flush();
      else timer ??= setTimeout(flush, MAX_WAIT_MS);
    },
    flush,
  };
}

export interface Delivery {
  readonly tally: Tally;
  /** Why standard output takes no more, if it does not. */
  readonly closed: OtsError | undefined;
  /** Never rejects. */
  deliver(results: Result[]): Promise<void>;
  /** The rows' head where there was no row at all. */
  finish(): Promise<void>;
}

/** @param onClosed called when standard output takes no more */
export function createDelivery(
  ctx: Context,
  output: EachOutput,
  receipts: Receipts,
  line: ProgressLine,
  onClosed: () => void,
): Delivery {
  const tally: Tally = {
    shared: 0,
    kept: 0,
    failed: 0,
    untried: 0,
    lost: 0,
    changed: 0,
    firstChange: undefined,
  };
  let head: (() => string) | undefined = () => output.head();
  let closed: OtsError | undefined;

  const write = async (rows: string, links: number): Promise<void> => {
    receipts.flush();
    if (closed === undefined) {
      const text = (head?.() ?? '') + rows;
      head = undefined;
      line.hide();
      try {
        if (text !== '') await ctx.io.out(text);
        return;
      } catch (error) {
        if (!isOtsError(error)) throw error;
        closed = error;
        onClosed();
      }
    }
    tally.lost += links;
  };

  return {
    tally,
    get closed() {
      return closed;
    },
    async deliver(results) {
      let rows = '';
      let links = 0;
      for (const { record, outcome } of results) {
        tally[outcome.kind]++;
        if (outcome.kind === 'shared') {
          links++;
          countChange(tally, outcome.published);
        }
        rows += record.keptRow ?? output.row(record, outcome);
      }
      await write(rows, links);
      if (!ctx.io.json) for (const result of results) await reportFailure(ctx, line, result);
    },
    finish: () => write('', 0),
  };
}

function countChange(tally: Tally, { difference }: Published): void {
  if (difference === undefined) return;
  tally.changed++;
  tally.firstChange ??= difference;
}

async function reportFailure(ctx: Context, line: ProgressLine, { record, outcome }: Result): Promise<void> {
  if (outcome.kind !== 'failed') return;
  const { io } = ctx;
  const { error } = outcome;
  const place = record.line === undefined ? '' : ` (line ${record.line})`;
  const hint = error.hint === undefined ? '' : `; ${error.hint}`;
  line.hide();
  const words = sanitizeLine(`record ${record.number}${place}: ${error.message.replace(/\.$/, '')}${hint}`);
  await io.err(`${io.paint.red('ots:')} ${words}\n`);
}
