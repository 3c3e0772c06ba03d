/**
 * Bytes outside of the heap that V8 collects: what is stored for long neither slows the collector down nor leaves
 * copies behind in memory, takes little more than its length, and is overwritten when it is erased.
 */

const SLAB_BYTES = 65_536;
/** What is longer has a slab of its own. */
const MAX_SHARED_BYTES = 4096;

/**
 * Where some bytes are kept: the number of a slab, and where they begin in it. A number, because an object for each
 * would weigh as much as a name, and be looked at whenever the heap is collected.
 */
export type Place = number;

interface Slab {
  readonly number: number;
  readonly bytes: Buffer;
  readonly slotBytes: number;
  /** Starts of slots that were used and are not any more. */
  readonly free: number[];
  /** Where the part that was never used begins. */
  fresh: number;
  /** Slots in use. */
  used: number;
}

export class Slabs {
  /** By their numbers; a slab that was let go leaves its number to the next one. */
  readonly #slabs: (Slab | undefined)[] = [];
  readonly #freeNumbers: number[] = [];
  /** Slabs with room, by the size of their slots. */
  readonly #open = new Map<number, Set<Slab>>();

  /** Copies `parts` to one place, one behind the other; at least a byte together. */
  put(...parts: readonly Uint8Array[]): Place {
    let length = 0;
    for (const part of parts) length += part.length;
    const slab = this.#slabFor(slotFor(length));
    let start = slab.free.pop();
    if (start === undefined) {
      start = slab.fresh;
      slab.fresh += slab.slotBytes;
    }
    slab.used += 1;
    if (!hasRoom(slab)) this.#open.get(slab.slotBytes)?.delete(slab);
    let end = start;
    for (const part of parts) {
      slab.bytes.set(part, end);
      end += part.length;
    }
    return slab.number * SLAB_BYTES + start;
  }

  /** A copy of the bytes of a place, from `from` to `to`, counted from its beginning. */
  read(place: Place, from: number, to: number): Uint8Array {
    const start = place % SLAB_BYTES;
    return Buffer.from(this.#slabOf(place).bytes.subarray(start + from, start + to));
  }

  /** Overwrites a place with zeros and lets others use it. Once for each place. @param length of what was put there */
  erase(place: Place, length: number): void {
    const slab = this.#slabOf(place);
    const start = place % SLAB_BYTES;
    slab.bytes.fill(0, start, start + length);
    slab.used -= 1;
    slab.free.push(start);
    if (slab.used > 0) {
      this.#openOf(slab.slotBytes).add(slab);
      return;
    }
    // Empty: its memory goes back to the system.
    this.#open.get(slab.slotBytes)?.delete(slab);
    this.#slabs[slab.number] = undefined;
    this.#freeNumbers.push(slab.number);
  }

  #slabOf(place: Place): Slab {
    const slab = this.#slabs[Math.floor(place / SLAB_BYTES)];
    if (slab === undefined) throw new RangeError('nothing is kept there');
    return slab;
  }

  #slabFor(slotBytes: number): Slab {
    const open = this.#openOf(slotBytes);
    for (const slab of open) return slab;
    const bytes = Buffer.allocUnsafeSlow(slotBytes > MAX_SHARED_BYTES ? slotBytes : SLAB_BYTES);
    const number = this.#freeNumbers.pop() ?? this.#slabs.length;
    const slab = { number, bytes, slotBytes, free: [], fresh: 0, used: 0 };
    this.#slabs[number] = slab;
    open.add(slab);
    return slab;
  }

  #openOf(slotBytes: number): Set<Slab> {
    const known = this.#open.get(slotBytes);
    if (known !== undefined) return known;
    const open = new Set<Slab>();
    this.#open.set(slotBytes, open);
    return open;
  }
}

function hasRoom({ bytes, slotBytes, free, fresh }: Slab): boolean {
  return free.length > 0 || fresh + slotBytes <= bytes.length;
}

/** Sizes a sixteenth apart, so that freed slots fit again and little is wasted; for what has its own slab, its length. */
function slotFor(length: number): number {
  if (length > MAX_SHARED_BYTES) return length;
  const step = Math.max(16, 2 ** (Math.floor(Math.log2(length)) - 4));
  return Math.ceil(length / step) * step;
}
