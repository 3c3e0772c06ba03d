/** Shares one record after the other for a pool of jobs, and decides when it makes no sense to go on. */
import { OtsError } from '../core/index.ts';
import { toOtsError } from '../io/report.ts';
import type { Remote } from '../remote/types.ts';
import { createPace, type Pace, STOPPED } from './each-pace.ts';
import type { EachRecord, Outcome } from './each-record.ts';
import { type Manner, type Published, publishOne, type Wish } from './publish-one.ts';

export interface WorkOptions {
  remote: Remote;
  wishOf: (record: EachRecord) => Promise<Wish>;
  manner: Manner;
  jobs: number;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Called as soon as a secret is on the server. */
  keep: (published: Published) => void;
}

export interface Worker {
  work(record: EachRecord): Promise<Outcome>;
  /** What was under way when nobody waits any more. */
  lost(record: EachRecord): Outcome;
  /** Nothing new is sent. */
  stop(why: OtsError): void;
  /** Why it was stopped, if it was. */
  readonly stopped: OtsError | undefined;
  /** Records on their way to the server. */
  readonly busy: number;
  readonly pace: Pace;
}

/** So many failures of the network in a row, beyond those that were under way together, are no accident. */
const PATIENCE = 4;

export function createWorker({ remote, wishOf, manner, jobs, now, keep }: WorkOptions): Worker {
  const pace = createPace({ jobs, now });
  const around = {
    now,
    watch: <T>(_: string, work: () => Promise<T>): Promise<T> => work(),
    send: <T>(request: () => Promise<T>): Promise<T> => pace.send(request),
  };
  let stopped: OtsError | undefined;
  let unreached = 0;
  let busy = 0;

  const stop = (why: OtsError): void => {
    stopped ??= why;
    pace.stop();
  };

  /** Whether an error will meet every other record as well. */
  const judge = (error: OtsError): void => {
    unreached = error.code === 'network' ? unreached + 1 : 0;
    const hopeless = error.code === 'unauthorized' || error.code === 'rate_limited';
    if (hopeless || unreached >= jobs + PATIENCE) stop(error);
  };

  const untried = (): Outcome => ({
    kind: 'untried',
    error: new OtsError(stopped?.code ?? 'interrupted', 'not tried', { hint: stopped?.message }),
  });

  async function work(record: EachRecord): Promise<Outcome> {
    if (record.keptRow !== undefined) return { kind: 'kept' };
    if (record.problem !== undefined) return { kind: 'failed', error: record.problem };
    if (stopped !== undefined) return untried();
    busy++;
    try {
      const wish = await wishOf(record);
      const published = await publishOne(remote, wish, manner, around);
      unreached = 0;
      keep(published);
      return { kind: 'shared', published };
    } catch (thrown) {
      if (thrown === STOPPED) return untried();
      const error = toOtsError(thrown);
      judge(error);
      return { kind: 'failed', error };
    } finally {
      busy--;
      record.body?.fill(0);
      record.body = undefined;
    }
  }

  return {
    work,
    lost: () => ({
      kind: 'failed',
      error: new OtsError('network', 'the server had not answered when the program was stopped', {
        hint: 'a secret that nobody has the link to may remain there until it expires',
        ambiguous: true,
      }),
    }),
    stop,
    get stopped() {
      return stopped;
    },
    get busy() {
      return busy;
    },
    pace,
  };
}
