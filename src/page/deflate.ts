/** Deflation by the browser itself. One without it can only share what fits as it is: to deflate is never required. */
import type { Deflate } from '../core/index.ts';

/** Raw DEFLATE where the browser has it. Source: Compression Streams, "deflate-raw". */
export const browserDeflate: Deflate | undefined = canDeflate() ? deflate : undefined;

async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new CompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function canDeflate(): boolean {
  try {
    // The format is younger than the class: what does not know it throws.
    return new CompressionStream('deflate-raw') !== undefined;
  } catch {
    return false;
  }
}
