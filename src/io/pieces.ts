/** Any input as large pieces of text, one character a byte: what the search for links reads. */
import { TextDecoder } from 'node:util';

/** What comes from a pipe or a file at once. Larger strings leave the caches, and the memory, of the machine. */
const PIECE_BYTES = 1 << 16;
const SAMPLE_BYTES = 512;

/**
 * Joins small chunks to pieces of at least 64 kB; UTF-16, as Windows exports it, becomes UTF-8.
 *
 * @yields binary strings
 */
export async function* pieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  let decoder: TextDecoder | undefined;
  let first = true;
  const take = (): string => {
    const bytes = joined(waiting, length);
    waiting = [];
    length = 0;
    if (first) decoder = decoderFor(bytes);
    first = false;
    if (decoder === undefined) return bytes.toString('latin1');
    return Buffer.from(decoder.decode(bytes, { stream: true })).toString('latin1');
  };
  for await (const chunk of chunks) {
    waiting.push(chunk);
    length += chunk.length;
    if (length >= PIECE_BYTES) yield take();
  }
  if (length > 0) yield take();
}

function joined(parts: Uint8Array[], length: number): Buffer {
  const [only] = parts;
  if (only === undefined || parts.length > 1) return Buffer.concat(parts, length);
  return Buffer.from(only.buffer, only.byteOffset, length);
}

/** UTF-16 by its byte order mark, or because every other byte is nothing. */
function decoderFor(bytes: Buffer): TextDecoder | undefined {
  const [one, two] = bytes;
  if (one === 0xff && two === 0xfe) return new TextDecoder('utf-16le');
  if (one === 0xfe && two === 0xff) return new TextDecoder('utf-16be');
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const empty = [0, 0];
  for (const [index, byte] of sample.entries())
    if (byte === 0) empty[index % 2] = (empty[index % 2] ?? 0) + 1;
  const most = sample.length * 0.3;
  if (sample.length < 16) return undefined;
  if ((empty[1] ?? 0) > most && empty[0] === 0) return new TextDecoder('utf-16le');
  if ((empty[0] ?? 0) > most && empty[1] === 0) return new TextDecoder('utf-16be');
  return undefined;
}
