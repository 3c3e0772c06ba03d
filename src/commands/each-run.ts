/** Shares many secrets in one run: opens the server once, keeps the order, stops as its user would want it to. */
import { EXIT_CODES, formatDuration, OtsError } from '../core/index.ts';
import { bar, progressLine } from '../io/progress.ts';
import { reportError } from '../io/report.ts';
import { ReaderGone } from '../io/streams.ts';
import type { Context } from './context.ts';
import { createDelivery, createReceipts, type Delivery, type Result, type Tally } from './each-delivery.ts';
import type { EachOutput, EachRecord } from './each-record.ts';
import { type Flow, inOrder } from './each-window.ts';
import { createWorker, type Worker } from './each-work.ts';
import { mannerOf, type PublishOptions } from './publish.ts';
import type { Wish } from './publish-one.ts';
import { openServer, type Settings } from './settings.ts';

export interface Job {
  records: AsyncIterable<EachRecord>;
  wishOf: (record: EachRecord) => Promise<Wish>;
  output: EachOutput;
  options: PublishOptions;
  jobs: number;
  /** How much of the input was read, 0 to 1; undefined where nobody knows. */
  done: () => number | undefined;
  /** How to do the rest, for people. */
  again: string;
}

/** Rows that may wait for one before them, for each job. */
const WINDOW_PER_JOB = 32;
/** Rows are written together: each write to a pipe or file costs as much as sealing a secret. */
const GATHER_MS = 5;
/** What is under way at Ctrl-C is waited for, and so is the input, but not for ever. */
const GRACE_MS = 10_000;
const TICK_MS = 250;

/** @returns the exit code: 0, or `partial`, `interrupted`, or that of what stopped it before anything was shared */
export async function shareMany(ctx: Context, settings: Settings, job: Job): Promise<number> {
  const access = { manyRequests: true, connections: job.jobs };
  const remote = await openServer(ctx, settings, settings.baseUrl, access);
  const receipts = createReceipts(ctx);
  const worker = createWorker({
    remote,
    wishOf: job.wishOf,
    manner: mannerOf(settings, job.options),
    jobs: job.jobs,
    now: ctx.now,
    keep: (published) => {
      if (job.options.receipt !== false) receipts.add(published);
    },
  });
  const line = progressLine(ctx.io, () => progressWords(delivery.tally, worker, job));
  let timer: NodeJS.Timeout | undefined;
  const delivery = createDelivery(ctx, job.output, receipts, line, () => {
    worker.stop(new OtsError('undelivered', 'standard output takes no more'));
    timer ??= giveUpLater(
      () => flow,
      worker,
      () => 0,
    );
  });
  const flow: Flow = inOrder<EachRecord, Result>(
    job.records,
    {
      jobs: job.jobs,
      window: job.jobs * WINDOW_PER_JOB,
      work: async (record) => ({ record, outcome: await worker.work(record) }),
      deliver: delivery.deliver,
      gather: () => new Promise((resolve) => setTimeout(resolve, GATHER_MS)),
    },
    (record) => ({ record, outcome: worker.lost(record) }),
  );
  const hold = ctx.holdSignals(() => {
    worker.stop(new OtsError('interrupted', 'interrupted'));
    timer ??= giveUpLater(
      () => flow,
      worker,
      () => delivery.tally.untried,
    );
  }, 2);
  try {
    const broken = await flow.done.then(
      () => undefined,
      (error: unknown) => error,
    );
    if (broken === undefined) await delivery.finish();
    line.end();
    return await conclude(ctx, delivery, worker, job, broken);
  } finally {
    line.end();
    clearInterval(timer);
    hold.release();
    await remote.close();
  }
}

/**
 * Ends a stopped run: waits ten seconds for the requests under way, then reads the input on for the rows of what was
 * not tried, until it stands still or as long again.
 *
 * @param passed counts the records that were read since
 */
function giveUpLater(flow: () => Flow, worker: Worker, passed: () => number): NodeJS.Timeout {
  let ticks = 0;
  let seen = -1;
  let alone = false;
  return setInterval(() => {
    ticks++;
    const still = passed() === seen;
    seen = passed();
    if (!alone && ticks * TICK_MS >= GRACE_MS) {
      alone = true;
      flow().letGo();
    } else if ((still && (alone || worker.busy === 0)) || ticks * TICK_MS >= 2 * GRACE_MS) flow().end();
  }, TICK_MS);
}

function progressWords(tally: Tally, worker: Worker, job: Job): string {
  const part = job.done();
  const counts = [`${tally.shared} shared`];
  if (tally.kept > 0) counts.push(`${tally.kept} kept`);
  if (tally.failed > 0) counts.push(`${tally.failed} failed`);
  const waitMs = worker.pace.waitMs();
  if (waitMs > 0) counts.push(`the server wants us to wait ${Math.ceil(waitMs / 1000)} s`);
  return `${part === undefined ? '' : `${bar(part)} `}${counts.join(', ')}`;
}

/** Says what there is to say, and finds the exit code. @throws OtsError when nothing was shared, or nobody has the links */
async function conclude(
  ctx: Context,
  { tally, closed }: Delivery,
  worker: Worker,
  job: Job,
  broken: unknown,
): Promise<number> {
  const { io } = ctx;
  const { stopped } = worker;
  if (job.options.plain && tally.shared > 0) io.warn('with --plain the server can read the secrets');
  if (tally.changed > 0) io.warn(`${tally.firstChange} (${tally.changed} of ${tally.shared} secrets)`);
  if (closed !== undefined) throw undelivered(tally, job.options.label, closed);
  if (broken !== undefined) {
    if (!(broken instanceof OtsError) || tally.shared + tally.kept === 0) throw broken;
    await reportError(io, broken, false);
    return EXIT_CODES.partial;
  }
  const missing = tally.failed + tally.untried;
  if (missing === 0 && stopped?.code !== 'interrupted') {
    if (tally.shared + tally.kept === 0) io.note('the table has no rows: nothing was shared');
    return 0;
  }
  if (!io.json) await summarize(ctx, tally, worker, job);
  if (stopped?.code === 'interrupted') return EXIT_CODES.interrupted;
  if (stopped !== undefined && tally.shared + tally.kept === 0) return EXIT_CODES[stopped.code];
  return EXIT_CODES.partial;
}

async function summarize({ io }: Context, tally: Tally, { stopped }: Worker, job: Job): Promise<void> {
  const counts = [`${tally.shared} shared`];
  if (tally.kept > 0) counts.push(`${tally.kept} kept from before`);
  if (tally.failed > 0) counts.push(`${tally.failed} failed`);
  if (tally.untried > 0) counts.push(`${tally.untried} not tried`);
  const wait = stopped?.retryAfterSeconds;
  const why = stopped === undefined ? '' : `stopped: ${stopped.message.replace(/\.$/, '')}; `;
  const when = wait === undefined ? '' : ` in ${formatDuration(wait)}`;
  const error = new OtsError('partial', why + counts.join(', '), {
    hint: `for the others ${job.again}${when}`,
  });
  await reportError(io, error, false);
}

function undelivered(tally: Tally, label: string | undefined, cause: OtsError): OtsError {
  const how =
    label === undefined
      ? 'ots receipts lists them, ots burn RECEIPT destroys one'
      : `to destroy them: ots burn --label '${label.replaceAll("'", "'\\''")}'`;
  const what = cause instanceof ReaderGone ? 'was closed' : 'could not be written';
  return new OtsError(
    'undelivered',
    `standard output ${what}: ${tally.lost} secrets are shared and nobody has their links`,
    { hint: tally.lost === 0 ? 'nothing needs to be burned' : how, cause },
  );
}
