/**
 * Names of secrets and receipts: what whoever holds one may do follows from holding it, so they must not be guessable.
 */

import { takeRandom } from './random.ts';

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';
const IDENTIFIER_LENGTH = 62;
/** The largest multiple of 36 that a byte can stay below; bytes from here on would favour the first letters. */
const UNBIASED_BELOW = 252;

/**
 * Makes an identifier in the shape that Onetime Secret 0.24 and later use.
 * @returns 62 characters of `[0-9a-z]`, about 320 random bits.
 */
export function newIdentifier(): string {
  let identifier = '';
  while (identifier.length < IDENTIFIER_LENGTH) {
    for (const byte of takeRandom(IDENTIFIER_LENGTH + 8)) {
      if (byte >= UNBIASED_BELOW) continue;
      identifier += ALPHABET[byte % ALPHABET.length];
      if (identifier.length === IDENTIFIER_LENGTH) break;
    }
  }
  return identifier;
}

/** How many characters at its end an identifier shares with its counterpart. */
const LINKED_LENGTH = 12;

/**
 * Makes the identifiers of a secret and its receipt. They end alike, so that from either alone a cluster knows the node
 * that holds both; what is left of each is 250 random bits that the other does not tell.
 */
export function newIdentifiers(): { secretId: string; receiptId: string } {
  const secretId = newIdentifier();
  return { secretId, receiptId: newIdentifier().slice(0, -LINKED_LENGTH) + linkedPart(secretId) };
}

/** What a secret's identifier and its receipt's have in common. */
export function linkedPart(identifier: string): string {
  return identifier.slice(-LINKED_LENGTH);
}

/**
 * Reduces a path segment to what an identifier can be made of, as Onetime Secret does, so that a link with a
 * trailing full stop or bracket still works.
 * @returns `[0-9A-Za-z_-]*`; never longer than the input.
 */
export function cleanIdentifier(segment: string): string {
  return segment.replace(/[^0-9A-Za-z_-]/g, '');
}

/** The first eight characters: enough to match a link with its receipt, not enough to open anything. */
export function shortIdentifier(identifier: string): string {
  return identifier.slice(0, 8);
}

/** A name for one request, to quote in an error report. Not a capability. */
export function newRequestId(): string {
  return newIdentifier().slice(0, 13);
}
