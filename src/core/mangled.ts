/**
 * How mail, chat, exports and gateways write a link: every spelling of its marks, and what they put between its
 * characters. Texts here are binary strings, one character a byte. Nothing decides here: the check of a link does.
 */
import { decodeUtf8 } from './bytes.ts';

/** What may stand for one character: itself, percent-encoded up to four times, an entity, escaped, quoted-printable. */
function spellings(plain: string, code: number, names: string): string {
  const hex = code.toString(16);
  const entity = `&(?:amp;)*(?:#0*${code}|#x0*${hex}${names});?`;
  return `(?:\\\\{0,7}${plain}|%(?:25){0,3}${hex}|${entity}|\\\\{1,4}u00${hex}|=${hex})`;
}

/** `/`; `_` and `-2F` as urldefense writes it. */
export const SLASH: string = spellings('/', 0x2f, '|sol');
export const COLON: string = spellings(':', 0x3a, '|colon');
export const HASH: string = spellings('#', 0x23, '|num');
export const QUESTION: string = spellings('\\?', 0x3f, '|quest');

const ZERO_WIDTH_CODES = '200b|200c|200d|2060|feff|0*ad';
/** Zero-width characters and soft hyphens in UTF-8, bytes perhaps written in hex; entities, escapes, `<wbr>`. */
const HIDDEN = new RegExp(
  [
    '=[ \\t]*\\r?\\n',
    '\\xe2\\x80[\\x8b-\\x8d]|\\xe2\\x81\\xa0|\\xef\\xbb\\xbf|\\xc2\\xad',
    '(?:=|%(?:25){0,3})(?:e2(?:=|%(?:25){0,3})80(?:=|%(?:25){0,3})8[bcd]|c2(?:=|%(?:25){0,3})ad)',
    `&(?:amp;)*(?:#x(?:${ZERO_WIDTH_CODES})|#(?:820[345]|8288|65279|173)|shy|zwnj|zwj|ZeroWidthSpace);`,
    `\\\\{1,4}u(?:${ZERO_WIDTH_CODES.replace('0*ad', '00ad')})`,
    '<wbr ?/?>',
  ].join('|'),
  'gi',
);
/** The end of a line inside a link, with the marks of quotation in front of the next. */
const BREAK = /(?:\r?\n|(?:\\{1,4}r)?\\{1,4}n|<br ?\/?>|(?:=0D)?=0A)[ \t]*(?:(?:>|&gt;)[ \t]?)*/gi;
/** Lines shorter than this are not broken by a program in the middle of a word. */
const FULL_LINE = 60;

/** Removes what is invisible, and quoted-printable's soft line breaks. */
export function withoutHidden(text: string): string {
  return text.replace(HIDDEN, '');
}

/** Joins lines. */
export function joinLines(text: string): string {
  return text.replace(BREAK, '');
}

/** Joins lines only where a program may have broken one: at a mark of a URL, or when the line was full. */
export function joinFullLines(text: string): string {
  let lineStart = 0;
  return text.replace(BREAK, (found: string, at: number) => {
    const full = at - lineStart >= FULL_LINE || /[/:.-]/.test(text[at - 1] ?? '');
    lineStart = at + found.length;
    return full ? '' : '\n';
  });
}

const ESCAPED = /\\+(?=\/)/g;
const UNICODE = /\\+u00([0-7][0-9a-f])/gi;
const ENTITY = /&(?:amp;)*#(?:x0*([0-9a-f]{2})|0*(\d{2,3}));/gi;
const NAMED = /&(?:amp;)*(sol|colon|period|hyphen|amp);/gi;
const NAMES: Record<string, string> = { sol: '/', colon: ':', period: '.', hyphen: '-', amp: '&' };
const PERCENT = /%(?:25)*([0-9a-f]{2})/gi;
const QUOTED = /=(2f|3a|2d|2e)/gi;

function character(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}

/** Undoes every spelling in a base URL. @returns undefined when the bytes are not UTF-8 */
export function decodeAddress(text: string): string | undefined {
  const plain = text
    .replace(ESCAPED, '')
    .replace(UNICODE, (_, hex: string) => character(hex))
    .replace(ENTITY, (_, hex?: string, code?: string) =>
      hex === undefined ? String.fromCharCode(Number(code) & 0xff) : character(hex),
    )
    .replace(NAMED, (_, name: string) => NAMES[name.toLowerCase()] ?? '')
    .replace(QUOTED, (_, hex: string) => character(hex))
    .replace(PERCENT, (_, hex: string) => character(hex));
  return decodeUtf8(Uint8Array.from(plain, (byte) => byte.charCodeAt(0)));
}

const URLDEFENSE = /u=(https?-3A__[^\s&"'<>]*)$/i;

/** Whether a text ends inside a link that urldefense's version 2 rewrote. */
export function isUrlDefense(before: string): boolean {
  return URLDEFENSE.test(before);
}

/** Undoes urldefense's version 2: `-` for `%`, `_` for `/`. */
export function undoUrlDefense(text: string): string {
  return text.replace(/_/g, '/').replace(/-([0-9A-F]{2})/g, (_, hex: string) => character(hex));
}
