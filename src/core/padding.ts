/**
 * How long a frame becomes. A rule for writers: readers accept any amount of zero padding.
 *
 * Source: FORMAT.md, "Frame" (PADMÉ: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", 2019).
 */

/** Frames are never shorter, so that a PIN and a passphrase look alike. */
export const MIN_FRAME_BYTES = 1024;

/**
 * Rounds a length up so that only its leading bits show: at most a sixteenth more from 1,024 on.
 *
 * @param length whole, at least 2
 */
export function padme(length: number): number {
  const e = floorLog2(length);
  const s = floorLog2(e) + 1;
  const step = 2 ** (e - s);
  return Math.ceil(length / step) * step;
}

/** The padded size of a frame of `length` bytes. */
export function paddedFrameBytes(length: number): number {
  return Math.max(MIN_FRAME_BYTES, padme(length));
}

/** Exact where Math.log2 is not, and beyond the 32 bits of bit operations. @param value at least 1 */
function floorLog2(value: number): number {
  let exponent = 0;
  while (2 ** (exponent + 1) <= value) exponent++;
  return exponent;
}
