/**
 * Makes visible what a stranger's text might hide, for terminals and pages alike: control, bidirectional and zero-width
 * characters. What is copied, piped or saved never passes through here.
 */

/** C0 and C1 but tab and newline, soft hyphen, bidirectional and zero-width characters, separators, tags. */
const HIDDEN =
  /(?![\t\n])[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** The text with hidden characters written as `\u{…}`, and how many there were. CR LF counts as a newline. */
export function makeVisible(untrusted: string): { text: string; escaped: number } {
  let escaped = 0;
  const text = untrusted.replace(/\r\n/g, '\n').replace(HIDDEN, (character) => {
    escaped++;
    return `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
  return { text, escaped };
}
