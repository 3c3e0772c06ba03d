/**
 * `ots status --watch`: asks again and again, ever more slowly, until something changes. One target: until its state
 * does. Several: a row for each change, until none of them can be read any more.
 */
import { EXIT_CODES, OtsError } from '../core/index.ts';
import { progressLine } from '../io/progress.ts';
import type { Context } from './context.ts';
import type { Servers } from './servers.ts';
import { isGone, lookSafely, type StatusRow, showStatusRow } from './status.ts';
import type { Target } from './target.ts';

export interface WatchOptions {
  jobs: number;
  look: (target: Target) => Promise<StatusRow>;
  servers: Servers;
}

const FIRST_PAUSE_MS = 1000;
const LAST_PAUSE_MS = 30_000;
const SLOWER = 1.5;

interface Watched {
  target: Target;
  row: StatusRow | undefined;
}

/** @returns the exit code: 0 after a change, 3 when the one target was gone from the beginning, 130 when stopped */
export async function watch(
  ctx: Context,
  targets: Target[],
  { jobs, look, servers }: WatchOptions,
): Promise<number> {
  const alone = targets.length === 1;
  const stop = new AbortController();
  const hold = ctx.holdSignals(() => {
    stop.abort();
    servers.stop();
  }, 2);
  let watched: Watched[] = targets.map((target) => ({ target, row: undefined }));
  const line = progressLine(ctx.io, () => waitingWords(ctx, watched));
  try {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * SLOWER)) {
      const first = watched.every(({ row }) => row === undefined);
      const changes = await lookAtAll(watched, jobs, look, alone && first);
      if (stop.signal.aborted) return stopped(ctx);
      for (const row of changes) {
        line.hide();
        await show(ctx, row, alone && first && !isGone(row));
      }
      watched = watched.filter(({ row }) => row === undefined || !isGone(row));
      if (alone && first && watched.length === 0) return EXIT_CODES.not_found;
      if (watched.length === 0 || (alone && !first && changes.length > 0)) return 0;
      if (cannotTell(watched)) throw untellable(alone);
      await pause(pauseMs, stop.signal);
      if (stop.signal.aborted) return stopped(ctx);
      if (changes.length > 0 && !first) pauseMs = FIRST_PAUSE_MS;
    }
  } finally {
    line.end();
    hold.release();
  }
}

/** Who pressed Ctrl-C knows why it ends; a script is told. */
function stopped({ io }: Context): number {
  if (io.json) throw new OtsError('interrupted', 'stopped watching');
  return EXIT_CODES.interrupted;
}

/** @returns the rows that say something else than before */
async function lookAtAll(
  watched: Watched[],
  jobs: number,
  look: (target: Target) => Promise<StatusRow>,
  strict: boolean,
): Promise<StatusRow[]> {
  const changed: StatusRow[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let one = watched[next++]; one !== undefined; one = watched[next++]) {
      const row = strict ? await look(one.target) : await lookSafely(one.target, look);
      // A server that cannot be reached now says nothing about the secret; what was told before stands.
      if (row === undefined || (row.error !== undefined && one.row !== undefined)) continue;
      if (one.row === undefined || hasChanged(one, row)) changed.push(row);
      one.row = row;
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return changed;
}

/** Old servers count our own look at a secret as a view; by its receipt only the reader's counts. */
function hasChanged({ target, row }: Watched, now: StatusRow): boolean {
  const ownLook = target.receiptId === undefined && row?.state === 'new' && now.state === 'viewed';
  return row?.state !== now.state && !ownLook;
}

/** The first state of a single target is where the waiting begins, not the result. */
async function show(ctx: Context, row: StatusRow, isStart: boolean): Promise<void> {
  if (isStart) {
    ctx.io.noteOnTerminal(`${row.state}; waiting until that changes (Ctrl-C ends it)`);
    return;
  }
  if (ctx.io.json || !ctx.io.stdoutIsTerminal) await showStatusRow(ctx, row);
  else await ctx.io.out(`${row.state.padEnd(8)}  ${row.target}\n`);
}

function cannotTell(watched: Watched[]): boolean {
  return watched.every(({ row }) => row?.state === 'unknown' && row.error === undefined);
}

function untellable(alone: boolean): OtsError {
  const what = alone ? 'this secret' : 'these secrets';
  return new OtsError('usage', `the server cannot tell where ${what} stand${alone ? 's' : ''}`, {
    hint: 'watch by the receipt: ots status --watch RECEIPT',
  });
}

function waitingWords(ctx: Context, watched: Watched[]): string {
  const states = watched.map(({ row }) => row?.state ?? 'asking');
  const time = new Date(ctx.now()).toISOString().slice(11, 19);
  return watched.length === 1 ? `${time}  ${states[0]}` : `${time}  waiting for ${watched.length}`;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
