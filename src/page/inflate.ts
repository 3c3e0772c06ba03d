/** Inflation for the pages, as core asks for it: bounded output, and where in the input the stream ended. */
import { Z_NO_FLUSH, Z_OK, Z_STREAM_END, ZStream, zlibInflate, zlibInflateInit2 } from 'pako';
import type { Inflate } from '../core/index.ts';

/** Raw, no header: a negative number of window bits. Source: zlib manual, "inflateInit2". */
const RAW_WINDOW_BITS = -15;
const CHUNK_BYTES = 65_536;

/**
 * Inflates with a port of zlib, which refuses exactly what zlib refuses. Smaller libraries take stored blocks whose two
 * lengths disagree; they, and the browser itself, do not tell where a stream ended.
 */
export const portableInflate: Inflate = (bytes, limit) => {
  const stream = new ZStream();
  if (zlibInflateInit2(stream, RAW_WINDOW_BITS) !== Z_OK) throw new Error('inflation cannot start');
  stream.input = bytes;
  stream.avail_in = bytes.length;
  const chunks: Uint8Array[] = [];
  let result: number = Z_OK;
  while (result === Z_OK) {
    stream.output = new Uint8Array(CHUNK_BYTES);
    stream.next_out = 0;
    stream.avail_out = CHUNK_BYTES;
    // A stream that is cut off makes no progress in the end, which is an error to zlib too.
    result = zlibInflate(stream, Z_NO_FLUSH);
    chunks.push(stream.output.subarray(0, stream.next_out));
    if (stream.total_out > limit) throw new RangeError('the stream is longer than allowed');
  }
  if (result !== Z_STREAM_END) throw new RangeError('the stream is malformed or cut off');
  return { output: joined(chunks, stream.total_out), consumedBytes: stream.total_in };
};

function joined(chunks: Uint8Array[], totalBytes: number): Uint8Array {
  const output = new Uint8Array(totalBytes);
  let at = 0;
  for (const chunk of chunks) {
    output.set(chunk, at);
    at += chunk.length;
  }
  return output;
}
