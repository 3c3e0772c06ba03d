/**
 * Undoes what mail, chat and gateways do to links, without ever deciding anything: the check does that.
 *
 * Source: FORMAT.md, "The link", repairs.
 */

/** White space, quotation marks of several languages, brackets, punctuation, Markdown's marks. */
const SURROUNDING =
  /[\s\u200b-\u200d\u2060\ufeff\u00ad"'`\u00b4\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb\u2039\u203a()[\]{}<>.,;:!?\u2026*|_~]/;
const ZERO_WIDTH = /[\u200b-\u200d\u2060\ufeff\u00ad]+/g;
/** Zero-width characters go first: one inside `=`-newline would hide it. */
const INVISIBLE = /=[ \t]*\r?\n|\s+/g;
/** What a gateway may have encoded with the link. Not the space: in a decoded path it is part of the path. */
const INVISIBLE_ENCODED = /=[ \t]*\r?\n|[\r\n\t\u200b-\u200d\u2060\ufeff\u00ad]+/g;
const MAX_DECODING_ROUNDS = 3;

/** Removes quotes, brackets, punctuation and white space around a link. */
export function stripSurroundings(text: string): string {
  // By hand: a regular expression for the end would take quadratic time.
  let start = 0;
  let end = text.length;
  while (start < end && SURROUNDING.test(text[start] ?? '')) start++;
  while (end > start && SURROUNDING.test(text[end - 1] ?? '')) end--;
  return text.slice(start, end);
}

/** Removes white space, zero-width characters, soft hyphens and `=`-newline (quoted-printable) anywhere. */
export function removeInvisible(text: string): string {
  return text.replace(ZERO_WIDTH, '').replace(INVISIBLE, '');
}

/** A reading of a damaged text: how often it was percent-decoded to get there. */
export interface Reading {
  text: string;
  rounds: number;
}

/**
 * The text without invisible characters; with only its `#` decoded, because a path may hold percent signs of its own;
 * and up to three rounds of percent-decoding of the whole.
 */
export function readings(text: string): Reading[] {
  const plain = removeInvisible(text);
  const result: Reading[] = [{ text: plain, rounds: 0 }];
  const hashed = plain.replace(/%(?:25){0,2}23/g, '#');
  if (hashed !== plain) result.push({ text: hashed, rounds: 1 });
  let previous = plain;
  for (let rounds = 1; rounds <= MAX_DECODING_ROUNDS; rounds++) {
    const decoded = decodePercent(previous).replace(INVISIBLE_ENCODED, '');
    if (decoded === previous) break;
    result.push({ text: decoded, rounds });
    previous = decoded;
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
