/**
 * Numbers shared by client, server and format: bounds of the envelope and of what Onetime Secret servers take.
 * No imports: the server reads this file without reaching the envelope.
 */

/** Bytes of text that every current server stores; assumed where a server does not announce its own limit. */
export const DEFAULT_MAX_TEXT_BYTES = 10_000;

/** The largest body, before or after inflation: 64 MiB. Source: FORMAT.md, "Frame". */
export const MAX_BODY_BYTES = 2 ** 26;

/** The largest frame metadata in bytes. Source: FORMAT.md, "Frame". */
export const MAX_METADATA_BYTES = 4096;

/** The longest prepared passphrase in bytes of UTF-8. Source: FORMAT.md, "Passphrase". */
export const MAX_PASSPHRASE_BYTES = 1024;

/** Passphrases with fewer characters draw a warning when a secret is made. */
export const SHORT_PASSPHRASE_CHARACTERS = 8;

/** Lifetime asked for unless said otherwise: 7 days. */
export const DEFAULT_TTL_SECONDS = 604_800;

/** Every known server raises shorter lifetimes to this. */
export const MIN_TTL_SECONDS = 60;

/** Identifiers of secrets and receipts, of every server version from 0.8. Source: FORMAT.md, "The link". */
export const IDENTIFIER_PATTERN = /^[0-9A-Za-z]{20,128}$/;
