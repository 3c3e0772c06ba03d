/**
 * Bytes outside of the heap that V8 collects: what is stored for long neither slows the collector down nor leaves
 * copies behind in memory, takes little more than its length, and is overwritten when it is erased.
 */

const SLAB_BYTES = 65_536;
/** What is longer has a slab of its own. */
const MAX_SHARED_BYTES = 4096;

/** Where some bytes are kept. */
export interface Place {
  readonly slab: Slab;
  readonly start: number;
  readonly length: number;
}

interface Slab {
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
    return { slab, start, length };
  }

  /** A copy of the bytes from `from` to `to`, of all unless said. */
  read({ slab, start, length }: Place, from = 0, to = length): Uint8Array {
    return Buffer.from(slab.bytes.subarray(start + from, start + to));
  }

  /** Overwrites a place with zeros and lets others use it. Once for each place. */
  erase({ slab, start, length }: Place): void {
    slab.bytes.fill(0, start, start + length);
    slab.used -= 1;
    slab.free.push(start);
    // An empty slab is let go; its memory goes back to the system.
    if (slab.used === 0) this.#open.get(slab.slotBytes)?.delete(slab);
    else this.#openOf(slab.slotBytes).add(slab);
  }

  #slabFor(slotBytes: number): Slab {
    const open = this.#openOf(slotBytes);
    for (const slab of open) return slab;
    const bytes = Buffer.allocUnsafeSlow(slotBytes > MAX_SHARED_BYTES ? slotBytes : SLAB_BYTES);
    const slab = { bytes, slotBytes, free: [], fresh: 0, used: 0 };
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
