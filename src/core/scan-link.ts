/**
 * Reads one link around the word of its path. A key whose check holds proves the whole; without one the identifier
 * must stand there unbroken, or have a length that servers give after the lines were joined.
 */
import { checkHolds, decodeFragment, FRAGMENT_CHARACTERS } from './fragment.ts';
import { IDENTIFIER_PATTERN } from './limits.ts';
import { isIdentifierLength, normalizeBaseUrl } from './link.ts';
import {
  COLON,
  decodeAddress,
  HASH,
  isUrlDefense,
  joinFullLines,
  joinLines,
  QUESTION,
  SLASH,
  undoUrlDefense,
  withoutHidden,
} from './mangled.ts';
import type { FoundLink } from './scan.ts';
import { isSuite, type Suite } from './suite.ts';

/** The words of a path that lead to a secret or a receipt. */
export const WORD_PATTERN = 'secret|receipt|private|metadata';

const PATH = new RegExp(`^(${WORD_PATTERN})${SLASH}([0-9A-Za-z]{20,256})`, 'i');
/** The word in front of something like an identifier; told from few characters, since most words lead nowhere. */
const MAYBE = new RegExp(`^(?:${WORD_PATTERN})(?:${SLASH}|_)[0-9A-Za-z]{5}`, 'i');
const GLANCE = 96;
const UNHASHED_TAIL = `(?:${SLASH})?(?:${QUESTION}[^#\\s"'<>|\\\\]{0,256}?)?`;
const HASHED = new RegExp(`^${UNHASHED_TAIL}${HASH}`, 'i');
/** What urldefense's version 3 leaves of a `#`, and what people type for it; believed only when the check holds. */
const STARRED = /^\/?[*?]/;
const SCHEME = new RegExp(`https?(?=${COLON}(?:${SLASH}){2})`, 'gi');
const AFTER_SCHEME = new RegExp(`^${COLON}(?:${SLASH}){2}`, 'i');
const ENDS_IN_SLASH = new RegExp(`${SLASH}$`, 'i');
const BARE_HOST =
  /(?:^|[^A-Za-z0-9.@%/_\\=:-])((?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}(?::\d{1,5})?(?:\/[A-Za-z0-9._~-]+)*)\/$/i;
/** Identifiers that a lost `#` glued to their fragment; typed in its place may be two letters. */
const GLUED_LENGTHS = [62, 31, 30, 29];

/** What stands from the word on. */
interface Rest {
  kind: 'sealed' | 'ordinary' | 'receipt' | 'damaged';
  identifier: string;
  suite?: Suite;
  linkKey?: Uint8Array;
}

/**
 * Reads a link.
 *
 * @param before binary string in front of the word
 * @param behind from the word on
 */
export function readAround(before: string, behind: string): FoundLink | undefined {
  if (!MAYBE.test(joinLines(withoutHidden(behind.slice(0, GLANCE))).replace(/\s+/g, ''))) return undefined;
  const defended = isUrlDefense(before);
  const rest = readRest(defended ? undoUrlDefense(behind) : behind);
  if (rest === undefined) return undefined;
  const baseUrl = readBase(defended ? undoUrlDefense(before) : before);
  if (baseUrl === undefined) return undefined;
  const { kind, suite, linkKey } = rest;
  // A copy: a part of a string keeps the whole in memory, which here is a megabyte of the text.
  const identifier = rest.identifier.split('').join('');
  if (suite === undefined || linkKey === undefined || kind !== 'sealed')
    return { kind: kind === 'sealed' ? 'damaged' : kind, baseUrl, identifier };
  return { kind, baseUrl, identifier, suite, linkKey, unwrapped: false };
}

/** The first reading whose check holds; else the one that needs no joining, if its identifier looks whole. */
function readRest(behind: string): Rest | undefined {
  const plain = withoutHidden(behind);
  const strict = parseRest(plain);
  if (strict?.kind === 'sealed') return strict;
  const lines = joinLines(plain);
  const joined = lines === plain ? undefined : parseRest(lines);
  if (joined?.kind === 'sealed') return joined;
  const squeezed = lines.replace(/\s+/g, '');
  const tight = squeezed === lines ? undefined : parseRest(squeezed);
  if (tight?.kind === 'sealed') return tight;
  const whole = (rest: Rest | undefined): boolean =>
    rest !== undefined && isIdentifierLength(rest.identifier.length);
  if (whole(strict)) return strict;
  if (joined !== undefined && whole(joined)) return joined;
  return strict && { ...strict, kind: strict.kind === 'receipt' ? 'receipt' : 'damaged' };
}

function parseRest(text: string): Rest | undefined {
  const match = PATH.exec(text);
  if (match === null) return undefined;
  const [all, word, run = ''] = match;
  const tail = text.slice(all.length);
  if (word !== 'secret')
    return IDENTIFIER_PATTERN.test(run) ? { kind: 'receipt', identifier: run } : undefined;
  const hashed = HASHED.exec(tail) ?? STARRED.exec(tail);
  if (hashed !== null) {
    const sealed = seal(run, tail.slice(hashed[0].length, hashed[0].length + FRAGMENT_CHARACTERS));
    if (sealed !== undefined) return sealed;
  }
  const glued = unglue(run);
  if (glued !== undefined) return glued;
  if (!IDENTIFIER_PATTERN.test(run)) return undefined;
  return { kind: HASHED.test(tail) ? 'damaged' : 'ordinary', identifier: run };
}

function seal(identifier: string, characters: string): Rest | undefined {
  const fragment = decodeFragment(characters);
  if (fragment === undefined || !IDENTIFIER_PATTERN.test(identifier)) return undefined;
  if (!checkHolds(fragment, identifier)) return undefined;
  const { suite, linkKey } = fragment;
  // A newer version's: its key is of no use here, its identifier is right.
  return isSuite(suite) ? { kind: 'sealed', identifier, suite, linkKey } : { kind: 'ordinary', identifier };
}

/** Takes apart what a lost `#` glued together; the check proves it. */
function unglue(run: string): Rest | undefined {
  if (run.length <= FRAGMENT_CHARACTERS + 20) return undefined;
  for (const length of new Set([run.length - FRAGMENT_CHARACTERS, ...GLUED_LENGTHS])) {
    for (const typed of [0, 1, 2]) {
      const start = length + typed;
      const found = seal(run.slice(0, length), run.slice(start, start + FRAGMENT_CHARACTERS));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The base URL that a text ends in. */
function readBase(before: string): string | undefined {
  const plain = withoutHidden(before);
  return schemeBase(plain) ?? schemeBase(joinFullLines(plain)) ?? bareBase(plain);
}

function schemeBase(text: string): string | undefined {
  const last = [...text.matchAll(SCHEME)].at(-1);
  if (last === undefined || !ENDS_IN_SLASH.test(text)) return undefined;
  const [scheme] = last;
  const rest = text.slice(last.index + scheme.length).replace(AFTER_SCHEME, '');
  if (/[\s"'<>|`^{}]/.test(rest)) return undefined;
  const address = decodeAddress(rest);
  if (address === undefined || /[\s"'<>|\\`^{}?#]/.test(address) || !address.endsWith('/')) return undefined;
  return normalizeBaseUrl(`${scheme.toLowerCase()}://${address}`);
}

/** People leave out the scheme, and programs shorten it away. */
function bareBase(text: string): string | undefined {
  const tail = /[^\s"'<>|]{1,512}$/.exec(text);
  if (tail === null || /https?/i.test(tail[0])) return undefined;
  const before = text[tail.index - 1] ?? '';
  const host = BARE_HOST.exec(before + (decodeAddress(tail[0]) ?? ''))?.[1];
  return host === undefined ? undefined : normalizeBaseUrl(`https://${host}`);
}
