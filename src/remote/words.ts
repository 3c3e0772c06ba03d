/**
 * Quotes a server in one line that is safe to print: no control, formatting or bidirectional characters, no
 * identifiers, nothing of what was sent, at most 200 characters.
 */

import type { Answer } from './call.ts';
import { fields, text } from './fields.ts';

const QUOTE_CHARACTERS = 200;

/**
 * What the server says went wrong: `message` first, then `error`. Versions 0.24.0 to 0.25.5 put a class name into
 * `error`, later ones the text; those without text give only `error_type`.
 */
export function serverText(answer: Answer): string | undefined {
  return text(fields(answer.json), 'message', 'error');
}

/** The server's words as the end of a message (`: the server says: …`), or nothing when it said none. */
export function quoted(answer: Answer): string {
  const said = serverText(answer);
  if (said === undefined) return '';
  let line = said;
  for (const secret of answer.call.privates ?? []) {
    if (secret !== undefined && secret !== '') line = line.replaceAll(secret, '…');
  }
  line = line
    .replace(/[0-9A-Za-z_-]{20,}/g, '…')
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim();
  if (line.length > QUOTE_CHARACTERS) line = `${line.slice(0, QUOTE_CHARACTERS)}…`;
  return line === '' ? '' : `: the server says: ${line}`;
}
