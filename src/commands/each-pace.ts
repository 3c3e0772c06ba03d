/**
 * How fast a pool of jobs may ask a server: all of them wait when one was told that there were too many requests
 * (429, which means that nothing was stored), and fewer go on together afterwards.
 */
import { isOtsError, OtsError } from '../core/index.ts';

export interface Pace {
  /**
   * Makes the request when the pool may, and again after each 429.
   *
   * @throws what the request throws; OtsError `rate_limited` when waiting would take more than five minutes for this
   * request; {@link STOPPED} when the pool was stopped before it was made
   */
  send<T>(request: () => Promise<T>): Promise<T>;
  /** Nobody waits any more. */
  stop(): void;
  /** Milliseconds until the pool goes on; 0 when it does not wait. */
  waitMs(): number;
}

/** Thrown to those who wait when the pool is stopped. */
export const STOPPED = new OtsError('interrupted', 'it was not tried');

export interface PaceOptions {
  jobs: number;
  /** Milliseconds since 1970. */
  now: () => number;
  sleep?: (ms: number) => Promise<void>;
  /** 0 <= n < 1. */
  random?: () => number;
}

const PATIENCE_MS = 300_000;
const BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 60_000;
/** Clocks differ, and those who wait for the same second should not come back all at once. */
const JITTER_MS = 250;

const sleepFor = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function createPace({ jobs, now, sleep = sleepFor, random = Math.random }: PaceOptions): Pace {
  let allowed = jobs;
  let active = 0;
  let credit = 0;
  /** Counts 429 that came to requests made after the last pause. */
  let round = 0;
  let misses = 0;
  let untilMs = 0;
  let dozing = false;
  let stopped = false;
  let queue: { go: () => void; give: (reason: OtsError) => void }[] = [];

  function admit(): void {
    const pauseMs = untilMs - now();
    if (pauseMs > 0) {
      if (dozing) return;
      dozing = true;
      void sleep(pauseMs).then(() => {
        dozing = false;
        admit();
      });
      return;
    }
    while (active < allowed && queue.length > 0) {
      active++;
      queue.shift()?.go();
    }
  }

  function enter(): Promise<void> | undefined {
    if (stopped) throw STOPPED;
    if (active < allowed && queue.length === 0 && untilMs <= now()) {
      active++;
      return undefined;
    }
    const turn = new Promise<void>((go, give) => queue.push({ go, give }));
    admit();
    return turn;
  }

  function leave(): void {
    active--;
    if (queue.length > 0) admit();
  }

  function succeeded(sentIn: number): void {
    if (sentIn !== round) return;
    misses = 0;
    if (allowed < jobs && ++credit >= allowed) {
      credit = 0;
      allowed++;
    }
  }

  function refused(sentIn: number, retryAfterSeconds: number | undefined): void {
    const first = sentIn === round;
    if (first) {
      round++;
      misses++;
      credit = 0;
      allowed = Math.max(1, allowed >> 1);
    }
    const backoffMs = Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** (misses - 1)) * (0.5 + random());
    if (retryAfterSeconds !== undefined && retryAfterSeconds > 0)
      untilMs = Math.max(untilMs, now() + retryAfterSeconds * 1000 + JITTER_MS * random());
    else if (first) untilMs = Math.max(untilMs, now() + backoffMs);
  }

  return {
    async send(request) {
      let deadlineMs: number | undefined;
      for (;;) {
        await enter();
        const sentIn = round;
        try {
          const result = await request();
          succeeded(sentIn);
          return result;
        } catch (error) {
          if (!isOtsError(error, 'rate_limited')) throw error;
          refused(sentIn, error.retryAfterSeconds);
          deadlineMs ??= now() + PATIENCE_MS;
          if (untilMs > deadlineMs) throw error;
        } finally {
          leave();
        }
      }
    },
    stop() {
      stopped = true;
      for (const { give } of queue) give(STOPPED);
      queue = [];
    },
    waitMs: () => Math.max(0, untilMs - now()),
  };
}
