/**
 * The text form: an envelope as a server stores it, `ots1.` base64url `.`, and how it is found in other text.
 *
 * Source: FORMAT.md, "Text form" (base64url: RFC 4648, section 5).
 */
import { base64urlnopad } from '@scure/base';
import { MIN_ENVELOPE_BYTES } from './envelope.ts';

const MAX_CANDIDATES = 64;
const START = /(?<![A-Za-z0-9_-])ots1\./g;
const NEWER = /(?<![A-Za-z0-9_-])ots(?:[2-9]|[1-9][0-9]+)\.[A-Za-z0-9_-]/;
/** Up to an end mark, white space allowed: mail and pages wrap long lines. */
const WRAPPED = /([A-Za-z0-9_\s-]*)\./y;
/** Without an end mark; `=` behind it would be padding, which is not canonical. */
const UNBROKEN = /[A-Za-z0-9_-]*(?![A-Za-z0-9_=-])/y;

/**
 * What people see who open the link in a browser that cannot decrypt. Constant, so it reveals nothing but the program.
 */
export const BROWSER_HINT = `This secret was encrypted before it left its sender, and the server has now deleted its copy.
Do not close this page yet. Save all of the text below to a file, and keep your link, all of it.
Then open it with the ots program (npm install -g ots-cli), offline:

    ots decrypt --link LINK FILE

`;

/** Encodes an envelope. @returns 6 + ceil(length * 4 / 3) characters */
export function encodeTextForm(envelope: Uint8Array): string {
  return `ots1.${base64urlnopad.encode(envelope)}.`;
}

/** Characters of the text form of an envelope of `envelopeBytes` bytes. */
export function textFormLength(envelopeBytes: number): number {
  return 6 + Math.ceil((envelopeBytes * 4) / 3);
}

/** Puts the hint for browsers in front, if the whole then still fits. */
export function withBrowserHint(textForm: string, maxTextBytes: number): string {
  return BROWSER_HINT.length + textForm.length <= maxTextBytes ? BROWSER_HINT + textForm : textForm;
}

/** Finds text forms anywhere in a text, in order, at most 64. @returns envelopes of at least 79 bytes */
export function findTextForms(text: string): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const match of text.matchAll(START)) {
    const envelope = decodeRun(runAfter(text, match.index + match[0].length));
    if (envelope !== undefined && found.push(envelope) === MAX_CANDIDATES) break;
  }
  return found;
}

/** Whether a text is nothing but a text form, perhaps behind the hint: what a server hands out for a cut link. */
export function isTextForm(text: string): boolean {
  return findTextForms(text).length > 0;
}

/** Whether a text holds a text form of a later version. */
export function hasNewerTextForm(text: string): boolean {
  return NEWER.test(text);
}

/** The base64url characters that follow a start mark. */
function runAfter(text: string, index: number): string {
  WRAPPED.lastIndex = index;
  const wrapped = WRAPPED.exec(text)?.[1];
  if (wrapped !== undefined) return wrapped.replace(/\s+/g, '');
  UNBROKEN.lastIndex = index;
  return UNBROKEN.exec(text)?.[0] ?? '';
}

/** Canonical base64url of a possible envelope, or undefined. */
function decodeRun(run: string): Uint8Array | undefined {
  if (run.length < Math.ceil((MIN_ENVELOPE_BYTES * 4) / 3) || run.length % 4 === 1) return undefined;
  try {
    return base64urlnopad.decode(run);
  } catch {
    return undefined; // unused bits that are not zero
  }
}
