/**
 * Strict text decoding and big-endian integers, the two things that the format needs and the libraries lack.
 * Concatenation, randomness and constant-time comparison come from @noble directly.
 */

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes strict UTF-8; a byte order mark stays in the text.
 *
 * @returns the text, or undefined when the bytes are not well-formed UTF-8
 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Two bytes, big-endian. @param value 0 to 65,535 */
export function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value & 0xff);
}

/** Four bytes, big-endian. @param value 0 to 2^32 - 1 */
export function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

/** Reads a big-endian unsigned integer of `length` (1 to 4) bytes. The caller has checked the bounds. */
export function readUint(bytes: Uint8Array, offset: number, length: number): number {
  let value = 0;
  for (const byte of bytes.subarray(offset, offset + length)) value = value * 256 + byte;
  return value;
}
