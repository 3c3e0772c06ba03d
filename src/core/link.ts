/**
 * Links: what a recipient gets, and the careful reading of what arrives after mail, chat and people had it.
 *
 *     https://HOST/secret/IDENTIFIER#FRAGMENT
 *
 * Nothing is spent on a link that this file refuses. Source: FORMAT.md, "The link".
 */
import { OtsError } from './errors.ts';
import {
  checkHolds,
  decodeFragment,
  encodeFragment,
  FRAGMENT_CHARACTERS,
  type Fragment,
} from './fragment.ts';
import { IDENTIFIER_PATTERN } from './limits.ts';
import { type Reading, readings, removeInvisible, stripSurroundings } from './repair.ts';
import { isSuite, newerVersion, type Suite } from './suite.ts';

/** A link whose fragment holds the key. */
export interface SealedLink {
  kind: 'sealed';
  /** Where its server is: scheme, host and path prefix, without a trailing slash. */
  baseUrl: string;
  identifier: string;
  suite: Suite;
  /** 32 bytes. */
  linkKey: Uint8Array;
  /** It came percent-encoded or inside another URL: a gateway may have seen the key. */
  unwrapped: boolean;
}

/** A link of another client: the server holds the text, and checks the passphrase if there is one. */
export interface OrdinaryLink {
  kind: 'ordinary';
  baseUrl: string;
  identifier: string;
}

/** A receipt link: it burns and tells the state, but opens nothing. */
export interface ReceiptLink {
  kind: 'receipt';
  baseUrl: string;
  identifier: string;
}

export type Link = SealedLink | OrdinaryLink | ReceiptLink;

const MAX_LINK_CHARACTERS = 16_384;
const BEFORE_FRAGMENT =
  /^(https?:\/\/[^/?#\s]+(?:\/[^?#\s]*)?)\/secret\/([0-9A-Za-z]{20,128})\/?(?:\?[^#]*)?$/i;
const WITHOUT_FRAGMENT =
  /^(https?:\/\/[^/?#\s]+(?:\/[^?#\s]*?)?)\/(secret|receipt|private|metadata)\/([0-9A-Za-z]+)(\/burn)?\/?(?:\?[^#\s]*)?$/i;
const ENCODED_HASH = /#|%(?:25)*23|&#35;/;

/** Formats a link. @param baseUrl without trailing slash @param linkKey 32 bytes */
export function formatLink(baseUrl: string, identifier: string, suite: Suite, linkKey: Uint8Array): string {
  return `${baseUrl}/secret/${identifier}#${encodeFragment(suite, linkKey, identifier)}`;
}

/**
 * Reads a link as it arrived, undoing harmless damage.
 *
 * @throws OtsError `usage` when it is damaged, ambiguous, from a newer version or no link at all
 */
export function parseLink(input: string): Link {
  if (input.length > MAX_LINK_CHARACTERS) throw notALink();
  const text = stripSurroundings(input);
  const candidates = uniqueCandidates(readings(text));
  if (candidates.length > 1) {
    throw new OtsError('usage', 'this text holds more than one secret link, and they differ', {
      hint: 'pass the one link that you mean',
    });
  }
  const [candidate] = candidates;
  if (candidate !== undefined) {
    const { suite, linkKey } = candidate.fragment;
    if (!isSuite(suite)) throw newerVersion('link');
    const { baseUrl, identifier, unwrapped } = candidate;
    return { kind: 'sealed', baseUrl, identifier, suite, linkKey, unwrapped };
  }
  return parseWithoutFragment(text);
}

/** A key taken from a link or a bare fragment, for text that no server holds. */
export interface LinkKey {
  suite: Suite;
  linkKey: Uint8Array;
  /** False: mistyped or of another identifier; the commitment in the envelope decides. */
  checkHolds: boolean;
}

/**
 * Reads the key from a link or a bare fragment.
 *
 * @throws OtsError `usage` when there is no fragment in it
 */
export function parseLinkKey(input: string): LinkKey {
  if (input.includes('#') || input.includes('/')) {
    try {
      const link = parseLink(input);
      if (link.kind === 'sealed') return { suite: link.suite, linkKey: link.linkKey, checkHolds: true };
    } catch {
      // A check that fails is only a warning here: fall through to the fragment alone.
    }
  }
  const text = removeInvisible(stripSurroundings(input));
  const tail = text.slice(text.lastIndexOf('#') + 1, text.lastIndexOf('#') + 1 + FRAGMENT_CHARACTERS);
  const fragment = decodeFragment(tail);
  if (fragment === undefined) {
    throw new OtsError('usage', 'there is no key in that: the part after # is missing or damaged', {
      hint: 'give the whole link, or its last 49 characters',
    });
  }
  const holds = checkHolds(fragment, '');
  if (!isSuite(fragment.suite)) {
    throw holds
      ? newerVersion('key')
      : new OtsError('usage', 'the key is damaged', { hint: 'copy it again, all 49 characters' });
  }
  return { suite: fragment.suite, linkKey: fragment.linkKey, checkHolds: holds };
}

interface Candidate {
  baseUrl: string;
  identifier: string;
  fragment: Fragment;
  unwrapped: boolean;
}

/** Links whose checks hold, each once, however it is reached. */
function uniqueCandidates(texts: Reading[]): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const reading of texts) {
    for (const candidate of candidatesIn(reading)) {
      const key = `${decoded(candidate.baseUrl)}/${candidate.identifier}#${candidate.fragment.suite},${candidate.fragment.linkKey.join()}`;
      if (!found.has(key)) found.set(key, candidate);
    }
  }
  return [...found.values()];
}

/** Every start of a URL in front of every `#` with exactly 49 characters behind it. */
function* candidatesIn({ text, rounds }: Reading): Generator<Candidate> {
  for (let hash = text.indexOf('#'); hash !== -1; hash = text.indexOf('#', hash + 1)) {
    const fragment = decodeFragment(text.slice(hash + 1, hash + 1 + FRAGMENT_CHARACTERS));
    if (fragment === undefined) continue;
    // No URL reaches across another #, so that many of them do not multiply.
    const from = text.lastIndexOf('#', hash - 1) + 1;
    for (const start of text.slice(from, hash).matchAll(/https?:\/\//gi)) {
      const match = BEFORE_FRAGMENT.exec(text.slice(from + start.index, hash));
      const baseUrl = match?.[1] === undefined ? undefined : normalizeBaseUrl(match[1]);
      const identifier = match?.[2];
      if (baseUrl === undefined || identifier === undefined || !checkHolds(fragment, identifier)) continue;
      yield { baseUrl, identifier, fragment, unwrapped: rounds > 0 || from + start.index > 0 };
    }
  }
}

/** Ordinary and receipt links; everything else is refused with the likeliest reason. */
function parseWithoutFragment(text: string): OrdinaryLink | ReceiptLink {
  const match = WITHOUT_FRAGMENT.exec(text);
  const baseUrl = match?.[1] === undefined ? undefined : normalizeBaseUrl(match[1]);
  if (match === null || baseUrl === undefined || ENCODED_HASH.test(text)) throw damagedLink(text);
  const [, , kind = '', identifier = '', burn] = match;
  const isSecret = kind.toLowerCase() === 'secret';
  if (!IDENTIFIER_PATTERN.test(identifier) || (isSecret && burn !== undefined)) throw damagedLink(text);
  if (isSecret && hasLostHash(text)) throw lostHash();
  return { kind: isSecret ? 'ordinary' : 'receipt', baseUrl, identifier };
}

/**
 * Whether a `#` was lost: the last 49 characters, of the path segment or of all, are a valid fragment for what precedes
 * them, but for a `?` or up to two letters typed in its place.
 */
function hasLostHash(text: string): boolean {
  const tail = /^.*\/secret\/(.*)$/i.exec(text)?.[1] ?? '';
  const [segment = ''] = tail.split(/[/?]/);
  return [segment, tail].some((candidate) => {
    const fragment = decodeFragment(candidate.slice(-FRAGMENT_CHARACTERS));
    if (fragment === undefined) return false;
    const before = candidate.slice(0, -FRAGMENT_CHARACTERS).replace(/\/?\?$/, '');
    return [0, 1, 2].some((typed) => {
      const identifier = before.slice(0, before.length - typed);
      return (
        /^[0-9A-Za-z]{20,130}$/.test(before) &&
        IDENTIFIER_PATTERN.test(identifier) &&
        checkHolds(fragment, identifier)
      );
    });
  });
}

/** Whether an identifier has a length that versions of the server give: 29 to 31 or 62; else it may be cut. */
export function isIdentifierLength(length: number): boolean {
  return length === 62 || (length >= 29 && length <= 31);
}

/** Scheme and host in lower case, default port dropped; undefined for user names and malformed hosts. */
export function normalizeBaseUrl(text: string): string | undefined {
  try {
    const url = new URL(text);
    // https://trusted.example@evil.example/ is how links lie about their host.
    if (url.username !== '' || url.password !== '') return undefined;
    // A host with anything else in it was mangled on the way, and nothing checks hosts.
    if (!/^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])$/.test(url.hostname)) return undefined;
    return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`;
  } catch {
    return undefined;
  }
}

/** A base URL with its percent signs decoded: two readings of one link differ in nothing else. */
function decoded(baseUrl: string): string {
  try {
    return decodeURIComponent(baseUrl);
  } catch {
    return baseUrl;
  }
}

function damagedLink(text: string): OtsError {
  // The last reading is the most decoded one: a wrapper around a damaged link is a damaged link.
  const compact = readings(text).at(-1)?.text ?? '';
  const place = compact.search(/\/(?:secret|receipt|private|metadata)\//i);
  if (place === -1 || !/https?:\/\/[^/\s]/i.test(compact.slice(0, place))) return notALink();
  if (hasLostHash(compact)) return lostHash();
  if (/(?:#|%(?:25)*23)$/.test(compact)) {
    return new OtsError('usage', 'the link is damaged: the part after # is missing', {
      hint: 'ask for the whole link; nothing was spent',
    });
  }
  return new OtsError('usage', 'the link is damaged: it was cut, mistyped or mixed up', {
    hint: 'copy it again, from https:// to its last character; nothing was spent',
  });
}

function lostHash(): OtsError {
  return new OtsError('usage', 'the link lost the # before its last 49 characters', {
    hint: 'put the # back there and try again; nothing was spent',
  });
}

function notALink(): OtsError {
  return new OtsError('usage', 'that is not a secret link', {
    hint: 'a link looks like https://eu.onetimesecret.com/secret/…#…',
  });
}
