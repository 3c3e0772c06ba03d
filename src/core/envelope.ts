/**
 * The envelope: header and sealed frame.
 *
 *     offset  bytes  what
 *     0       1      suite
 *     1       24     nonce
 *     25      32     commitment to the key
 *     57      n+16   XChaCha20-Poly1305 of the frame, tag last; the 57 bytes above are its associated data
 *
 * Source: FORMAT.md, "Envelope" (draft-irtf-cfrg-xchacha-03).
 */
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { equalBytes } from '@noble/ciphers/utils.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { OtsError } from './errors.ts';
import type { SecretKeys } from './keys.ts';

export const NONCE_BYTES = 24;
/** Suite, nonce and commitment. */
export const ENVELOPE_HEADER_BYTES = 57;
/** Header, the shortest frame and the tag. */
export const MIN_ENVELOPE_BYTES = ENVELOPE_HEADER_BYTES + 6 + 16;

/**
 * Seals a frame under the keys of a fresh link key.
 *
 * @param nonce 24 random bytes, used once
 * @returns frame length + 73 bytes
 */
export function sealEnvelope(keys: SecretKeys, nonce: Uint8Array, frame: Uint8Array): Uint8Array {
  const header = concatBytes(Uint8Array.of(keys.suite), nonce, keys.commitment);
  return concatBytes(header, xchacha20poly1305(keys.payloadKey, nonce, header).encrypt(frame));
}

/** Whether an envelope was made for these keys: suite first, then the commitment in constant time. */
export function matchesKeys(envelope: Uint8Array, keys: SecretKeys): boolean {
  return (
    envelope[0] === keys.suite && equalBytes(envelope.subarray(25, ENVELOPE_HEADER_BYTES), keys.commitment)
  );
}

/**
 * Opens an envelope that {@link matchesKeys}.
 *
 * @returns the frame, envelope length - 73 bytes, to be wiped by the caller
 * @throws OtsError `damaged` when any bit differs from what was sealed
 */
export function openEnvelope(keys: SecretKeys, envelope: Uint8Array): Uint8Array {
  // The header as received is authenticated, never a re-encoding of it.
  const header = envelope.subarray(0, ENVELOPE_HEADER_BYTES);
  const nonce = envelope.subarray(1, 1 + NONCE_BYTES);
  try {
    return xchacha20poly1305(keys.payloadKey, nonce, header).decrypt(
      envelope.subarray(ENVELOPE_HEADER_BYTES),
    );
  } catch (cause) {
    throw new OtsError('damaged', 'the encrypted text was changed after it was made', {
      hint: 'ask the sender to share it again',
      cause,
    });
  }
}
