/** The window of bulk sharing: order, bounds and failures, whatever finishes when. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inOrder } from '../../src/commands/each-window.ts';

async function* upTo(count: number, fails = false): AsyncGenerator<number> {
  for (let item = 0; item < count; item++) yield item;
  if (fails) throw new Error('the source broke');
}

test('outcomes come in the order of the items, and no more are under way than may be', () =>
  fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      async (scheduler, count, jobs, window, fails) => {
        const delivered: number[] = [];
        let active = 0;
        let started = 0;
        let delivering = false;
        const flow = inOrder<number, number>(
          upTo(count, fails),
          {
            jobs,
            window,
            async work(item) {
              active++;
              started++;
              expect(active).toBeLessThanOrEqual(jobs);
              expect(started - delivered.length).toBeLessThanOrEqual(window + 256);
              await scheduler.schedule(Promise.resolve());
              active--;
              return item;
            },
            async deliver(outcomes) {
              expect(delivering).toBe(false);
              delivering = true;
              await scheduler.schedule(Promise.resolve());
              delivered.push(...outcomes);
              delivering = false;
            },
          },
          () => -1,
        );
        const ended = flow.done.then(
          () => 'done',
          () => 'broke',
        );
        expect(await scheduler.waitFor(ended)).toBe(fails ? 'broke' : 'done');
        expect(delivered).toEqual(Array.from({ length: count }, (_, item) => item));
      },
    ),
    { numRuns: 100 },
  ));

test('a reader that takes nothing stops the source within the window', async () => {
  let read = 0;
  const source = async function* (): AsyncGenerator<number> {
    for (;;) yield read++;
  };
  const flow = inOrder<number, number>(
    source(),
    { jobs: 3, window: 10, work: async (item) => item, deliver: () => new Promise(() => undefined) },
    () => -1,
  );
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  // What is being delivered, and a window of others behind it.
  expect(read).toBeLessThanOrEqual(21);
  flow.end();
});

test('let go: what was under way gets the outcome of the lost, what was done keeps its own', async () => {
  const delivered: string[] = [];
  let started = 0;
  let reached = (): void => undefined;
  const busy = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const flow = inOrder<number, string>(
    upTo(10),
    {
      jobs: 4,
      window: 100,
      work: (item) => {
        if (++started === 4) reached();
        return item === 1 ? new Promise(() => undefined) : Promise.resolve(`done ${item}`);
      },
      deliver: async (outcomes) => void delivered.push(...outcomes),
    },
    (item) => `lost ${item}`,
  );
  await busy;
  await new Promise((resolve) => setImmediate(resolve));
  flow.letGo();
  flow.end();
  await flow.done;
  expect(delivered.slice(0, 3)).toEqual(['done 0', 'lost 1', 'done 2']);
});
