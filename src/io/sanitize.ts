/**
 * Makes what strangers wrote harmless on a terminal: control, bidirectional and zero-width characters become visible.
 * Pipes and files never pass through here; they get the exact bytes.
 */

/** C0 and C1 but tab and newline, soft hyphen, bidirectional and zero-width characters, separators, tags. */
const DANGEROUS =
  /(?![\t\n])[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** The text with dangerous characters escaped as `\u{…}`, and how many there were. */
export interface Sanitized {
  text: string;
  escaped: number;
}

/** Escapes for a terminal; newlines and tabs stay, and CR LF counts as a newline. */
export function sanitize(untrusted: string): Sanitized {
  let escaped = 0;
  const text = untrusted.replace(/\r\n/g, '\n').replace(DANGEROUS, (character) => {
    escaped++;
    return `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
  return { text, escaped };
}

/** Escapes and joins to one line, for tables and messages. */
export function sanitizeLine(untrusted: string): string {
  return sanitize(untrusted).text.replace(/[\n\t]+/g, ' ');
}
