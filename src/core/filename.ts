/**
 * Names that strangers may give to files: a base name or nothing.
 *
 * Source: FORMAT.md, "Frame", names.
 */
import { utf8ToBytes } from '@noble/hashes/utils.js';

/** Control, bidirectional and zero-width characters: what hides or disguises a name. */
const HIDDEN = /[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u;
const HIDDEN_ALL = new RegExp(HIDDEN.source, 'gu');

/** Whether a name may travel in an envelope and be used for a file as it is. */
export function isSafeFilename(name: unknown): name is string {
  return (
    typeof name === 'string' &&
    name.isWellFormed() &&
    name !== '' &&
    name !== '.' &&
    name !== '..' &&
    !/[/\\:]/.test(name) &&
    !HIDDEN.test(name) &&
    utf8ToBytes(name).length <= 255
  );
}

/**
 * Makes the name of a sender's own file fit to travel: hidden characters dropped, separators replaced by `_`.
 *
 * @returns a safe name, or undefined when nothing useful is left
 */
export function makeSafeFilename(name: string): string | undefined {
  const candidate = name
    .toWellFormed()
    .replace(HIDDEN_ALL, '')
    .replace(/[/\\:]/g, '_');
  return isSafeFilename(candidate) ? candidate : undefined;
}

/** Whether a value may be told as a media type: some text without hidden characters. Nothing is ever rendered by it. */
export function isMediaType(value: unknown): value is string {
  return (
    typeof value === 'string' && value.isWellFormed() && /^.{1,255}$/u.test(value) && !HIDDEN.test(value)
  );
}
