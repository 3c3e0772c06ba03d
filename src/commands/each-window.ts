/**
 * Works on many items at once and hands the outcomes over in the order of the items.
 *
 * Bounded both ways: no more than `jobs` items are worked on, and no more than `window` wait for the ones before
 * them; a source is asked for the next item only when there is room, so that a reader that stops reading stops all.
 */

export interface WindowOptions<I, O> {
  jobs: number;
  /** Items that may be under way or waiting for their turn. */
  window: number;
  /** Never rejects: a failure is an outcome. */
  work: (item: I) => Promise<O>;
  /** Takes outcomes in order, as many as are ready. The next ones wait until it is done. Never rejects. */
  deliver: (outcomes: O[]) => Promise<void>;
  /** Waits a moment before a delivery, so that more outcomes go with it. */
  gather?: () => Promise<void>;
}

export interface Flow {
  /** Resolves when all was delivered. Rejects then with what the source threw, if it did. */
  readonly done: Promise<void>;
  /** Items worked on at present. */
  readonly active: number;
  /** Settles what is under way as `lost` says. */
  letGo(): void;
  /** Asks the source for nothing more. */
  end(): void;
}

interface Slot<I, O> {
  item: I;
  outcome: { value: O } | undefined;
}

const BATCH = 256;

/** A doorbell: `ring` lets whoever waits go on. */
function bell(): { wait(): Promise<void>; ring(): void } {
  let release: (() => void) | undefined;
  return {
    wait: () =>
      new Promise((resolve) => {
        release = resolve;
      }),
    ring() {
      release?.();
      release = undefined;
    },
  };
}

/**
 * Starts at once.
 *
 * @param lost the outcome of an item that was under way when it was let go
 */
export function inOrder<I, O>(
  source: AsyncIterable<I>,
  { jobs, window, work, deliver, gather }: WindowOptions<I, O>,
  lost: (item: I) => O,
): Flow {
  const room = bell();
  const ready = bell();
  let slots: Slot<I, O>[] = [];
  let active = 0;
  let ended = false;
  let failure: { error: unknown } | undefined;

  const settle = (slot: Slot<I, O>, value: O): void => {
    if (slot.outcome !== undefined) return;
    slot.outcome = { value };
    active--;
    room.ring();
    if (slot === slots[0]) ready.ring();
  };

  const read = async (): Promise<void> => {
    const iterator = source[Symbol.asyncIterator]();
    while (!ended) {
      while (active >= jobs || slots.length >= window) await room.wait();
      const next = await iterator.next();
      if (ended) return;
      if (next.done) break;
      const slot: Slot<I, O> = { item: next.value, outcome: undefined };
      slots.push(slot);
      active++;
      void work(next.value).then((value) => settle(slot, value));
    }
  };

  const readyNow = (): number => {
    let count = 0;
    while (count < BATCH && slots[count]?.outcome !== undefined) count++;
    return count;
  };

  const write = async (): Promise<void> => {
    for (;;) {
      if (slots[0]?.outcome !== undefined && active > 0) await gather?.();
      const count = readyNow();
      if (count > 0) {
        const outcomes = slots.slice(0, count).map(({ outcome }) => (outcome as { value: O }).value);
        slots = slots.slice(count);
        room.ring();
        await deliver(outcomes);
      } else if (ended && slots.length === 0) break;
      else await ready.wait();
    }
    if (failure !== undefined) throw failure.error;
  };

  const end = (): void => {
    ended = true;
    room.ring();
    ready.ring();
  };
  void read()
    .catch((error: unknown) => {
      failure = { error };
    })
    .finally(end);
  return {
    done: write(),
    get active() {
      return active;
    },
    end,
    letGo() {
      for (const slot of slots) if (slot.outcome === undefined) settle(slot, lost(slot.item));
    },
  };
}
