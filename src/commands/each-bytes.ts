/** Bytes of an input as lines or as strict text, a piece at a time. */
import { createReadStream, type Stats, statSync } from 'node:fs';
import { MAX_BODY_BYTES, OtsError } from '../core/index.ts';
import type { Context } from './context.ts';

export interface Line {
  /** Without its end; undefined when it is longer than any secret. */
  bytes: Buffer | undefined;
  /** It ended in a newline. */
  whole: boolean;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Lines, without `\n` or `\r\n`. What follows the last newline is a line unless it is empty. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let parts: Buffer[] = [];
  let length = 0;
  const add = (part: Buffer): void => {
    length += part.length;
    if (length <= MAX_BODY_BYTES) parts.push(part);
    else parts = [];
  };
  const take = (whole: boolean): Line => {
    const line = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    const tooLong = length > MAX_BODY_BYTES;
    parts = [];
    length = 0;
    const end = whole && line.at(-1) === RETURN ? line.length - 1 : line.length;
    return { bytes: tooLong ? undefined : line.subarray(0, end), whole };
  };
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      add(bytes.subarray(start, end));
      yield take(true);
      start = end + 1;
    }
    if (start < bytes.length) add(bytes.subarray(start));
  }
  if (length > 0) yield take(false);
}

/** Strict UTF-8, a byte order mark included. @throws OtsError `usage` */
export async function* textOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (cause) {
    if (cause instanceof OtsError) throw cause;
    throw new OtsError('usage', 'the table is not UTF-8', {
      hint: 'save it as UTF-8, or convert it: iconv -t utf-8',
      cause,
    });
  }
}

/** Where records come from. */
export interface EachSource {
  /** Reads from the start. */
  open(): AsyncIterable<Uint8Array>;
  /** Bytes there are to read; undefined where nobody knows. */
  sizeBytes: number | undefined;
}

/** @param file a path, `-` or undefined for standard input. @throws OtsError `usage` */
export function eachSource(ctx: Context, file: string | undefined): EachSource {
  if (file === undefined || file === '-') {
    if (ctx.io.stdinIsTerminal) {
      throw new OtsError('usage', 'the records are missing', {
        hint: 'pipe them in, or name a file: ots share FILE --each lines',
      });
    }
    return { open: () => ctx.io.chunks(), sizeBytes: undefined };
  }
  const stats = fileStats(file, 'there is no such file, or it cannot be read');
  return { open: () => fileChunks(file), sizeBytes: stats.isFile() ? stats.size : undefined };
}

/** What is at a path. Never echoes it: it may be a secret in the wrong place. */
export function fileStats(path: string, missing: string): Stats {
  let stats: Stats | undefined;
  try {
    stats = statSync(path);
  } catch {
    // Said below.
  }
  if (stats === undefined || stats.isDirectory())
    throw new OtsError('usage', missing, { hint: 'check its name' });
  return stats;
}

/** A file's bytes. @throws OtsError `usage` */
export async function* fileChunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path) as AsyncIterable<Buffer>;
  } catch (cause) {
    throw new OtsError('usage', 'the file cannot be read', { hint: 'check its permissions', cause });
  }
}

/** The progress bar moves by pieces of an input. */
const PIECES = 200;
const MIN_PIECE_BYTES = 1024;

/** Bytes of a source, and how much of them was asked for, 0 to 1; undefined where nobody knows. */
export function counted(source: EachSource): {
  chunks: AsyncGenerator<Uint8Array>;
  part: () => number | undefined;
} {
  const { sizeBytes } = source;
  let readBytes = 0;
  const pieceBytes =
    sizeBytes === undefined ? Infinity : Math.max(MIN_PIECE_BYTES, Math.ceil(sizeBytes / PIECES));
  async function* read(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source.open()) {
      for (let start = 0; start < chunk.length; start += pieceBytes) {
        const piece = chunk.subarray(start, start + pieceBytes);
        yield piece;
        readBytes += piece.length;
      }
    }
  }
  return { chunks: read(), part: () => (sizeBytes ? readBytes / sizeBytes : undefined) };
}
