/** How a pool slows down: one pause for all, fewer together afterwards, and patience that ends. */
import { expect, test } from 'vitest';
import { createPace, STOPPED } from '../../src/commands/each-pace.ts';
import { isOtsError, OtsError } from '../../src/core/index.ts';

const tooMany = (retryAfterSeconds?: number): OtsError =>
  new OtsError('rate_limited', 'too many', { retryAfterSeconds });

/** A clock that jumps to whatever is waited for. */
function clock() {
  let nowMs = 1_000_000;
  const slept: number[] = [];
  return {
    slept,
    now: () => nowMs,
    sleep: async (ms: number) => {
      slept.push(ms);
      await new Promise((resolve) => setImmediate(resolve));
      nowMs += ms;
    },
  };
}

test('many 429 that come together make one pause, as long as the longest that was asked for', async () => {
  const time = clock();
  const pace = createPace({ jobs: 8, random: () => 0, ...time });
  const answered = new Set<number>();
  const results = await Promise.all(
    Array.from({ length: 8 }, (_, job) =>
      pace.send(async () => {
        if (answered.has(job)) return job;
        answered.add(job);
        throw tooMany(job + 1);
      }),
    ),
  );
  expect(results).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(time.slept.reduce((sum, ms) => sum + ms, 0)).toBe(8000);
});

test('after a 429 fewer go on together, and more again when that goes well', async () => {
  const time = clock();
  const pace = createPace({ jobs: 8, random: () => 0, ...time });
  let active = 0;
  let most = 0;
  let refusals = 1;
  const request = async (): Promise<void> => {
    if (refusals-- > 0) throw tooMany(1);
    most = Math.max(most, ++active);
    await new Promise((resolve) => setImmediate(resolve));
    active--;
  };
  await pace.send(request);
  await Promise.all(Array.from({ length: 4 }, () => pace.send(request)));
  expect(most).toBe(4);
  most = 0;
  await Promise.all(Array.from({ length: 100 }, () => pace.send(request)));
  expect(most).toBe(8);
});

test('without Retry-After the pauses double, up to a minute; after five minutes the request fails', async () => {
  const time = clock();
  const pace = createPace({ jobs: 1, random: () => 0.5, ...time });
  const failed = await pace.send(() => Promise.reject(tooMany())).catch((error: unknown) => error);
  expect(isOtsError(failed, 'rate_limited')).toBe(true);
  expect(time.slept.slice(0, 9)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  expect(time.slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(300_000);
});

test('any other failure is not sent again', async () => {
  let asked = 0;
  const pace = createPace({ jobs: 1, ...clock() });
  const request = (): Promise<never> => {
    asked++;
    return Promise.reject(new OtsError('network', 'gone', { ambiguous: true }));
  };
  await expect(pace.send(request)).rejects.toMatchObject({ code: 'network' });
  expect(asked).toBe(1);
});

test('stopped: those who wait for their turn are let go, those under way are not disturbed', async () => {
  const pace = createPace({ jobs: 1, ...clock() });
  let answer = (_: string): void => undefined;
  const under = pace.send(
    () =>
      new Promise<string>((resolve) => {
        answer = resolve;
      }),
  );
  const waiting = pace.send(async () => 'never sent').catch((error: unknown) => error);
  pace.stop();
  expect(await waiting).toBe(STOPPED);
  await expect(pace.send(async () => 'later')).rejects.toBe(STOPPED);
  answer('done');
  expect(await under).toBe('done');
});
