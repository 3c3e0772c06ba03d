/**
 * The suite byte: version in the high nibble, flags in the low one.
 *
 * Source: FORMAT.md, "Suite byte".
 */
import { OtsError } from './errors.ts';

/** Key only. */
export const SUITE_KEY = 0x10;
/** Key only; the server holds the gate token as its passphrase. */
export const SUITE_GATED = 0x12;
/** Key and passphrase; gated. */
export const SUITE_PASSPHRASE = 0x13;

export type Suite = typeof SUITE_KEY | typeof SUITE_GATED | typeof SUITE_PASSPHRASE;

/** Whether this version of the format knows the suite. */
export function isSuite(byte: number | undefined): byte is Suite {
  return byte === SUITE_KEY || byte === SUITE_GATED || byte === SUITE_PASSPHRASE;
}

/** Whether the server holds the gate token as its passphrase. */
export function isGated(suite: Suite): boolean {
  return suite !== SUITE_KEY;
}

/** The error for anything that only a later version of the format can read. */
export function newerVersion(what: string, code: 'usage' | 'damaged' = 'usage'): OtsError {
  return new OtsError(code, `this ${what} was made by a newer version of ots`, {
    hint: 'update ots (npm install -g ots-cli) and try again',
  });
}
