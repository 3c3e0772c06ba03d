/**
 * Inflation for the pages, as core asks for it: bounded output, and where in the input the stream ended. It refuses
 * exactly what zlib refuses, which test/page/inflate.test.ts compares. Source: RFC 1951.
 */
import type { Inflate } from '../core/index.ts';

/** Section 3.2.5: the shortest length of each code from 257 on, and the shortest distance of each distance code. */
const LENGTH_BASES = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
];
const DISTANCE_BASES = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
];
/** Section 3.2.7: the order in which the lengths of the code length code come. */
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const END_OF_BLOCK = 256;
const MAX_CODE_BITS = 15;
const FIRST_BYTES = 4096;

/** A canonical Huffman code: how many codes there are of each length, and their symbols in order of code. */
interface Code {
  counts: Uint16Array;
  symbols: Uint16Array;
}

class Stream {
  readonly #input: Uint8Array;
  readonly #limit: number;
  #bit = 0;
  #output: Uint8Array;
  #length = 0;

  constructor(input: Uint8Array, limit: number) {
    this.#input = input;
    this.#limit = limit;
    this.#output = new Uint8Array(Math.min(limit, FIRST_BYTES));
  }

  /** The next bits, the first one lowest. Section 3.1.1. */
  bits(count: number): number {
    let value = 0;
    for (let at = 0; at < count; at++) {
      const byte = this.#input[this.#bit >>> 3];
      if (byte === undefined) throw refused('it is cut off');
      value |= ((byte >>> (this.#bit & 7)) & 1) << at;
      this.#bit++;
    }
    return value;
  }

  symbol({ counts, symbols }: Code): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= MAX_CODE_BITS; length++) {
      code |= this.bits(1);
      const count = counts[length] ?? 0;
      if (code - first < count) return symbols[index + code - first] ?? 0;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw refused('a code stands for nothing');
  }

  put(byte: number): void {
    this.#room(1);
    this.#output[this.#length++] = byte;
  }

  /** Repeats what was put `distance` bytes ago, which may reach into what is being repeated. */
  repeat(length: number, distance: number): void {
    if (distance > this.#length) throw refused('a distance leads before the beginning');
    this.#room(length);
    for (let at = 0; at < length; at++, this.#length++) {
      this.#output[this.#length] = this.#output[this.#length - distance] ?? 0;
    }
  }

  /** Section 3.2.4. */
  stored(): void {
    this.#bit = (this.#bit + 7) & ~7;
    const length = this.bits(16);
    if (this.bits(16) !== (length ^ 0xffff)) throw refused('the lengths of a stored block disagree');
    const start = this.#bit >>> 3;
    if (start + length > this.#input.length) throw refused('it is cut off');
    this.#room(length);
    this.#output.set(this.#input.subarray(start, start + length), this.#length);
    this.#length += length;
    this.#bit += 8 * length;
  }

  result(): ReturnType<Inflate> {
    return { output: this.#output.slice(0, this.#length), consumedBytes: (this.#bit + 7) >>> 3 };
  }

  #room(more: number): void {
    const needed = this.#length + more;
    if (needed > this.#limit) throw refused('it is longer than allowed');
    if (needed <= this.#output.length) return;
    const larger = new Uint8Array(Math.min(this.#limit, Math.max(needed, 2 * this.#output.length)));
    larger.set(this.#output);
    this.#output = larger;
  }
}

/** Inflates one stream and stops where it ends. Bits are counted in 31 of a number: inputs stay far below 256 MiB. */
export const portableInflate: Inflate = (bytes, limit) => {
  const stream = new Stream(bytes, limit);
  let isLast = false;
  while (!isLast) {
    isLast = stream.bits(1) === 1;
    const type = stream.bits(2);
    if (type === 0) stream.stored();
    else if (type === 1) inflateBlock(stream, fixedCodes());
    else if (type === 2) inflateBlock(stream, readCodes(stream));
    else throw refused('a block is of no known type');
  }
  return stream.result();
};

function inflateBlock(stream: Stream, { literals, distances }: { literals: Code; distances: Code }): void {
  for (;;) {
    const symbol = stream.symbol(literals);
    if (symbol < END_OF_BLOCK) stream.put(symbol);
    else if (symbol === END_OF_BLOCK) return;
    else {
      const length = extended(stream, LENGTH_BASES, symbol - 257, lengthBits);
      const distance = extended(stream, DISTANCE_BASES, stream.symbol(distances), distanceBits);
      stream.repeat(length, distance);
    }
  }
}

function extended(
  stream: Stream,
  bases: number[],
  index: number,
  extraBits: (index: number) => number,
): number {
  const base = bases[index];
  if (base === undefined) throw refused('a code stands for nothing');
  return base + stream.bits(extraBits(index));
}

/** The longest length, 258, has a code of its own, without further bits. */
const lengthBits = (index: number): number => (index < 8 || index === 28 ? 0 : (index >> 2) - 1);
const distanceBits = (index: number): number => (index < 4 ? 0 : (index >> 1) - 1);

/** Section 3.2.6. */
function fixedCodes(): { literals: Code; distances: Code } {
  const lengths = [
    ...Array<number>(144).fill(8),
    ...Array<number>(112).fill(9),
    ...Array<number>(24).fill(7),
    ...Array<number>(8).fill(8),
  ];
  return { literals: codeOf(lengths).code, distances: codeOf(Array<number>(32).fill(5)).code };
}

/** Section 3.2.7, with zlib's bounds: no more codes than have a meaning. */
function readCodes(stream: Stream): { literals: Code; distances: Code } {
  const literalCount = stream.bits(5) + 257;
  const distanceCount = stream.bits(5) + 1;
  const lengthCount = stream.bits(4) + 4;
  if (literalCount > 286 || distanceCount > 30) throw refused('it has too many codes');
  const lengthLengths = Array<number>(19).fill(0);
  for (const place of LENGTH_ORDER.slice(0, lengthCount)) lengthLengths[place] = stream.bits(3);
  const lengths = readLengths(stream, complete(lengthLengths, false), literalCount + distanceCount);
  if (lengths[END_OF_BLOCK] === 0) throw refused('a block could not end');
  return {
    literals: complete(lengths.slice(0, literalCount), true),
    distances: complete(lengths.slice(literalCount), true),
  };
}

function readLengths(stream: Stream, code: Code, total: number): number[] {
  const lengths: number[] = [];
  while (lengths.length < total) {
    const symbol = stream.symbol(code);
    if (symbol < 16) {
      lengths.push(symbol);
      continue;
    }
    const last = lengths.at(-1);
    if (symbol === 16 && last === undefined) throw refused('it repeats what is not there');
    const count =
      symbol === 16 ? 3 + stream.bits(2) : symbol === 17 ? 3 + stream.bits(3) : 11 + stream.bits(7);
    if (lengths.length + count > total) throw refused('it has too many codes');
    lengths.push(...Array<number>(count).fill(symbol === 16 ? (last ?? 0) : 0));
  }
  return lengths;
}

/** Section 3.2.2. @returns the code, and how many codes of 15 bits are left: negative when there are too many */
function codeOf(lengths: readonly number[]): { code: Code; left: number; longest: number } {
  const counts = new Uint16Array(MAX_CODE_BITS + 1);
  const symbols: number[] = [];
  let left = 1 << MAX_CODE_BITS;
  let longest = 0;
  for (let length = 1; length <= MAX_CODE_BITS; length++) {
    lengths.forEach((one, symbol) => {
      if (one === length) symbols.push(symbol);
    });
    const count = lengths.filter((one) => one === length).length;
    counts[length] = count;
    left -= count << (MAX_CODE_BITS - length);
    if (count > 0) longest = length;
  }
  return { code: { counts, symbols: Uint16Array.from(symbols) }, left, longest };
}

/** As zlib: every code must be used up, but where there is one code only, of one bit, or none at all. */
function complete(lengths: readonly number[], mayBeOne: boolean): Code {
  const { code, left, longest } = codeOf(lengths);
  if (left < 0 || (left > 0 && !(mayBeOne && longest <= 1)))
    throw refused('its codes are incomplete or too many');
  return code;
}

function refused(why: string): RangeError {
  return new RangeError(`the stream is malformed: ${why}`);
}
