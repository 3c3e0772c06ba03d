/**
 * Prepares a passphrase for the key schedule, so that the same words typed on another keyboard are the same bytes.
 *
 * Source: FORMAT.md, "Passphrase" (RFC 8265 OpaqueString, and trimmed).
 */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { decodeUtf8 } from './bytes.ts';
import { OtsError } from './errors.ts';
import { MAX_PASSPHRASE_BYTES, SHORT_PASSPHRASE_CHARACTERS } from './limits.ts';

/**
 * Normalises a passphrase to the bytes that enter the key schedule.
 *
 * @param passphrase as typed; well-formed Unicode without control characters
 * @returns 1 to 1,024 bytes of UTF-8, NFC
 * @throws OtsError `usage` when it is empty, too long, ill-formed or holds a control character
 */
export function preparePassphrase(passphrase: string): Uint8Array {
  if (!passphrase.isWellFormed()) throw refusedPassphrase('is not well-formed Unicode');
  if (/\p{Cc}/u.test(passphrase))
    throw refusedPassphrase('contains a control character, such as a tab or a line break');
  const text = trimSpaces(passphrase.replace(/\p{Zs}/gu, ' ')).normalize('NFC');
  if (text === '') throw refusedPassphrase('is empty');
  const bytes = utf8ToBytes(text);
  if (bytes.length > MAX_PASSPHRASE_BYTES)
    throw refusedPassphrase(`is longer than ${MAX_PASSPHRASE_BYTES} bytes`);
  return bytes;
}

/**
 * Reads the passphrase that a file holds: strict UTF-8, a leading byte order mark and one final line end removed.
 *
 * @throws OtsError `usage` when the bytes are not UTF-8
 */
export function decodePassphraseFile(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw refusedPassphrase('file is not UTF-8 text');
  return text.replace(/^\ufeff/, '').replace(/\r?\n$/, '');
}

/** Whether a writer should warn that the passphrase is short (fewer than 8 characters). */
export function isShortPassphrase(passphrase: string): boolean {
  return [...passphrase].length < SHORT_PASSPHRASE_CHARACTERS;
}

/** Removes U+0020 at both ends, and nothing else. A regular expression for the end would take quadratic time. */
function trimSpaces(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === ' ') start++;
  while (end > start && text[end - 1] === ' ') end--;
  return text.slice(start, end);
}

function refusedPassphrase(why: string): OtsError {
  return new OtsError('usage', `the passphrase ${why}`, { hint: 'use up to 1,024 bytes of ordinary text' });
}
