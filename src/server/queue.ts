/** Costly work, a few pieces at once and a bounded number waiting: what comes beyond is refused, not piled up. */

import { Unavailable } from './unavailable.ts';

export interface Queue {
  /** @throws Unavailable when too many are waiting */
  take<Result>(work: () => Promise<Result>): Promise<Result>;
}

const RETRY_SECONDS = 2;

export function createQueue(atOnce: number, maxWaiting: number): Queue {
  const waiting: (() => void)[] = [];
  let running = 0;
  return {
    async take(work) {
      if (running >= atOnce) {
        if (waiting.length >= maxWaiting) throw new Unavailable('busy', RETRY_SECONDS);
        // Whoever finishes hands its place on, so the count stays as it is.
        await new Promise<void>((resolve) => waiting.push(resolve));
      } else running += 1;
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
  };
}
