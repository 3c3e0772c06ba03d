/**
 * What client and embedded server say to each other beyond Onetime Secret's own API: two response headers on the
 * status answer. Real servers send neither, and clients that do not know them see no difference.
 */

/** Bytes of UTF-8 that the server stores for one secret, decimal. Lower case, as Node spells header names. */
export const MAX_SIZE_HEADER = 'o-max-size';

/** Seconds for which a reveal may be repeated with the same claim, decimal. */
export const CLAIM_HEADER = 'o-claim';
