/**
 * The fragment: what follows the `#` of a link. Suite, link key and a check over both and the identifier.
 *
 * Source: FORMAT.md, "The link".
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { base58 } from '@scure/base';

/** 36 bytes whose first is not zero are always this many base58 characters. */
export const FRAGMENT_CHARACTERS = 49;

/** A fragment taken apart, its check not yet judged. */
export interface Fragment {
  /** Any byte: a good check with an unknown suite means a newer version. */
  suite: number;
  /** 32 bytes. */
  linkKey: Uint8Array;
  check: Uint8Array;
}

/**
 * Encodes the fragment of a link.
 *
 * @param linkKey 32 bytes
 * @param identifier exactly as in the link's path; empty when no server is involved
 * @returns 49 characters
 */
export function encodeFragment(suite: number, linkKey: Uint8Array, identifier: string): string {
  return base58.encode(concatBytes(Uint8Array.of(suite), linkKey, checkOf(suite, linkKey, identifier)));
}

/** Takes a fragment apart. @returns undefined unless it is 49 base58 characters of 36 bytes */
export function decodeFragment(text: string): Fragment | undefined {
  if (text.length !== FRAGMENT_CHARACTERS) return undefined;
  let bytes: Uint8Array;
  try {
    bytes = base58.decode(text);
  } catch {
    return undefined;
  }
  if (bytes.length !== 36) return undefined;
  return { suite: bytes[0] as number, linkKey: bytes.slice(1, 33), check: bytes.slice(33) };
}

/** Whether a fragment belongs to an identifier. The check guards against accidents, not attackers: no constant time. */
export function checkHolds(fragment: Fragment, identifier: string): boolean {
  const expected = checkOf(fragment.suite, fragment.linkKey, identifier);
  return expected.every((byte, index) => byte === fragment.check[index]);
}

function checkOf(suite: number, linkKey: Uint8Array, identifier: string): Uint8Array {
  const input = concatBytes(
    utf8ToBytes('ots/1 link'),
    Uint8Array.of(suite),
    linkKey,
    utf8ToBytes(identifier),
  );
  return sha256(input).subarray(0, 3);
}
