/**
 * Undoes what mail, chat and gateways do to links, without ever deciding anything: the check does that.
 *
 * Source: FORMAT.md, "The link", repairs.
 */

const SURROUNDING = '\\s\\u200b-\\u200d\\u2060\\ufeff\\u00ad"\'`´“”„‘’‚«»‹›()\\[\\]{}<>.,;:!?…*|';
const LEADING = new RegExp(`^[${SURROUNDING}_~]+`);
const TRAILING = new RegExp(`[${SURROUNDING}_~]+$`);
const INVISIBLE = /=[ \t]*\r?\n|[\s\u200b-\u200d\u2060\ufeff\u00ad]+/g;
const MAX_DECODING_ROUNDS = 3;

/** Removes quotes, brackets, punctuation and white space around a link. */
export function stripSurroundings(text: string): string {
  return text.replace(LEADING, '').replace(TRAILING, '');
}

/** Removes white space, zero-width characters, soft hyphens and `=`-newline (quoted-printable) anywhere. */
export function removeInvisible(text: string): string {
  return text.replace(INVISIBLE, '');
}

/** A reading of a damaged text: how often it was percent-decoded to get there. */
export interface Reading {
  text: string;
  rounds: number;
}

/** The text without invisible characters, and up to three rounds of percent-decoding of the whole. */
export function readings(text: string): Reading[] {
  const result: Reading[] = [{ text: removeInvisible(text), rounds: 0 }];
  for (let rounds = 1; rounds <= MAX_DECODING_ROUNDS; rounds++) {
    const previous = result[rounds - 1]?.text ?? '';
    const decoded = removeInvisible(decodePercent(previous));
    if (decoded === previous) break;
    result.push({ text: decoded, rounds });
  }
  return result;
}

/** Percent-decodes what is decodable; other percent signs stay, as gateways leave them. */
function decodePercent(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run.replace(/%([0-7][0-9A-Fa-f])/g, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      );
    }
  });
}
