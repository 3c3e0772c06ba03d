/**
 * The parts of a mailbox that are written in base64, decoded: mail programs write whole texts so, links included.
 *
 * Source: RFC 2045, sections 6.1 and 6.8.
 */

/** Takes a mailbox piece by piece. */
export interface MailDecoder {
  /** The next piece, a binary string. */
  push(piece: string): void;
  finish(): void;
}

const MARK = 'base64';
const HEADER = /content-transfer-encoding:[ \t]*$/i;
const HEADER_CHARACTERS = 48;
const END_OF_HEADERS = /\r?\n\r?\n/g;
const BODY = /[A-Za-z0-9+/=\r\n]*/y;
const BLANK_LINES = /\n\r?\n/g;
/** Headers that are longer, and lines, belong to no mail. */
const MAX_WAITING = 65_536;

/** @param give gets the decoded bytes of each part as a binary string, in pieces, and a blank line behind each part */
export function createMailDecoder(give: (text: string) => void): MailDecoder {
  let text = '';
  let inBody = false;
  let digits = '';
  const endPart = (): void => {
    decode(digits, give);
    digits = '';
    inBody = false;
    give('\n\n');
  };
  /** Reads the body at `from`. @returns where to go on */
  const readBody = (from: number, until: number): number => {
    BLANK_LINES.lastIndex = from;
    const blank = BLANK_LINES.exec(text)?.index ?? until;
    BODY.lastIndex = from;
    const end = Math.min(from + (BODY.exec(text)?.[0].length ?? 0), until, blank + 1);
    digits += text.slice(from, end).replace(/[\r\n=]+/g, '');
    const whole = digits.length - (digits.length % 4);
    decode(digits.slice(0, whole), give);
    digits = digits.slice(whole);
    if (end < until) endPart();
    return end;
  };
  /** Works on whole lines only, so that it makes no difference where pieces end. @returns what was dealt with */
  const read = (until: number): number => {
    let at = 0;
    while (at < until) {
      if (inBody) at = readBody(at, until);
      else {
        const mark = text.indexOf(MARK, at);
        if (mark === -1 || mark >= until) return until;
        at = mark + MARK.length;
        if (!HEADER.test(text.slice(Math.max(0, mark - HEADER_CHARACTERS), mark))) continue;
        END_OF_HEADERS.lastIndex = at;
        const headers = END_OF_HEADERS.exec(text);
        // The rest of the headers is still to come.
        if (headers === null || headers.index >= until)
          return until - mark > MAX_WAITING ? until : mark - HEADER_CHARACTERS;
        at = headers.index + headers[0].length;
        inBody = true;
      }
    }
    return at;
  };
  return {
    push(piece) {
      if (!inBody && !isMarked(text, piece)) {
        // Most texts are no mail: all that may still matter is the line under way.
        const line = piece.lastIndexOf('\n') + 1;
        text = (line > 0 ? piece.slice(line) : text + piece).slice(-MAX_WAITING);
        return;
      }
      text += piece;
      const until = text.lastIndexOf('\n') + 1;
      const done = Math.max(0, read(until));
      text = text.slice(Math.max(done, text.length - 2 * MAX_WAITING));
    },
    finish() {
      read(text.length);
      if (inBody) endPart();
    },
  };
}

/** Whether the mark stands in what waits, in the piece behind it, or across the two. */
function isMarked(text: string, piece: string): boolean {
  const seam = text.slice(-MARK.length) + piece.slice(0, MARK.length);
  return piece.includes(MARK) || seam.includes(MARK) || text.includes(MARK);
}

function decode(digits: string, give: (text: string) => void): void {
  if (digits === '') return;
  try {
    give(atob(digits));
  } catch {
    // No base64 after all.
  }
}
