/** The public surface of core: what the other rooms, and the pages, may use. */

export { formatDuration, parseDuration, parseSize } from './durations.ts';
export { type ErrorCode, EXIT_CODES, isOtsError, OtsError } from './errors.ts';
export { isSafeFilename, makeSafeFilename } from './filename.ts';
export { encodeFragment, FRAGMENT_CHARACTERS } from './fragment.ts';
export type { Deflate, FrameContent, Inflate } from './frame.ts';
export {
  deriveKeys,
  KDF_COST,
  type Kdf,
  type KdfCost,
  type KdfOptions,
  portableScrypt,
  type SecretKeys,
  wipeKeys,
} from './keys.ts';
export * from './limits.ts';
export {
  formatLink,
  type Link,
  type LinkKey,
  type OrdinaryLink,
  parseLink,
  parseLinkKey,
  type ReceiptLink,
  type SealedLink,
} from './link.ts';
export { decodePassphraseFile, isShortPassphrase, preparePassphrase } from './passphrase.ts';
export { maxBodyBytes, openSecret, type Sealed, type SealOptions, sealSecret } from './seal.ts';
export { isGated, SUITE_GATED, SUITE_KEY, SUITE_PASSPHRASE, type Suite } from './suite.ts';
export { isTextForm } from './textform.ts';
