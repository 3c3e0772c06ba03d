/** What strangers wrote, made harmless on a terminal. Pipes and files never pass through here; they get the exact bytes. */
import { makeVisible } from '../core/visible.ts';

/** Escapes for a terminal; newlines and tabs stay, and CR LF counts as a newline. */
export const sanitize = makeVisible;

/** Escapes and joins to one line, for tables and messages. */
export function sanitizeLine(untrusted: string): string {
  return sanitize(untrusted).text.replace(/[\n\t]+/g, ' ');
}
