/**
 * Finds every secret and receipt link in any text, however long: a log, a mailbox, a chat export. Each once.
 *
 * A link is looked for around the words of its path, which are rare; what stands before and behind is then read
 * carefully, in a window of fixed size, so that it makes no difference where the text was cut into pieces.
 */
import type { Link } from './link.ts';
import { joinLines, withoutHidden } from './mangled.ts';
import { readAround, WORD_PATTERN } from './scan-link.ts';
import { createMailDecoder } from './scan-mail.ts';

/** A link whose key or identifier was cut, mistyped or mixed up: the identifier may be another's. */
export interface DamagedLink {
  kind: 'damaged';
  baseUrl: string;
  identifier: string;
}

/** What is found in a text. */
export type FoundLink = Link | DamagedLink;

/** Reads a text piece by piece. */
export interface Scanner {
  /** The next piece. @param piece a binary string: one character a byte, whatever the text's encoding */
  push(piece: string): void;
  /** The text is over. @returns every link once, in the order of the text, its most complete form */
  finish(): FoundLink[];
}

/** What is looked at on each side of a word, in bytes. */
const REACH = 1024;
const PRECISION: Record<FoundLink['kind'], number> = { sealed: 3, receipt: 2, ordinary: 2, damaged: 1 };
const WORDS = new RegExp(WORD_PATTERN, 'g');
const FIRST_WORD = new RegExp(`^(?:${WORD_PATTERN})`);
/** What invisible characters begin with, in UTF-8. */
const INVISIBLE = /\xe2(?:\x80[\x8b-\x8d]|\x81\xa0)|\xc2\xad/g;
const QUOTATION = '> \t';
const NEIGHBOURS = new Set(
  WORD_PATTERN.split('|').flatMap((word) => Array.from(word, (_, at) => word.slice(at, at + 2))),
);
/** A word and what may stand between its letters, in bytes. */
const NEAR = 64;

/** Begins a search. Memory: a few kilobytes beside the piece under way, and the links found. */
export function createScanner(): Scanner {
  const found = new Map<string, FoundLink>();
  const plain = scanInto(found);
  const decoded = scanInto(found);
  const mail = createMailDecoder((text) => decoded.push(text));
  return {
    push(piece) {
      plain.push(piece);
      mail.push(piece);
    },
    finish() {
      plain.end();
      mail.finish();
      decoded.end();
      return withoutCut([...found.values()]);
    },
  };
}

/** A search whose findings go to `found`. */
function scanInto(found: Map<string, FoundLink>): { push(piece: string): void; end(): void } {
  let text = '';
  /** Where words are looked for from; what is before was looked at. */
  let from = 0;
  const look = (until: number): void => {
    for (const start of wordsIn(text, from, until)) {
      const link = readAround(
        text.slice(Math.max(0, start - REACH), start),
        text.slice(start, start + REACH),
      );
      if (link !== undefined) keep(found, link);
    }
    from = Math.max(from, until);
  };
  return {
    push(piece) {
      text += piece;
      look(text.length - REACH);
      const dropped = Math.max(0, from - REACH);
      text = text.slice(dropped);
      from -= dropped;
    },
    end: () => look(text.length),
  };
}

/** Where the words of links begin, in order. */
function wordsIn(text: string, from: number, until: number): number[] {
  const starts: number[] = [];
  WORDS.lastIndex = from;
  for (let match = WORDS.exec(text); match !== null && match.index < until; match = WORDS.exec(text)) {
    const next = match.index + match[0].length;
    if (mayPrecede(text.charCodeAt(match.index - 1)) && mayFollow(text.charCodeAt(next)))
      starts.push(match.index);
  }
  const broken = new Set(brokenWordsIn(text, from, until));
  return broken.size === 0 ? starts : [...starts, ...broken].sort((one, other) => one - other);
}

/** `/` in some spelling, a line break, or something invisible. */
function mayPrecede(code: number): boolean {
  return code > 0x7f || '/Ff;_\n\r >bBcCdDn'.includes(String.fromCharCode(code));
}

function mayFollow(code: number): boolean {
  return code > 0x7f || '/\\%&=_\n\r<'.includes(String.fromCharCode(code));
}

/** Words that the end of a line, or something invisible, runs through. */
function* brokenWordsIn(text: string, from: number, until: number): Generator<number> {
  const first = Math.max(0, from);
  // What breaks a word may stand up to a word and its other breaks behind its beginning.
  const last = Math.min(text.length, until + NEAR);
  const start = (at: number): number | undefined => {
    const found = brokenWord(text, at);
    return found !== undefined && found >= from && found < until ? found : undefined;
  };
  for (let at = text.indexOf('\n', first); at !== -1 && at < last; at = text.indexOf('\n', at + 1)) {
    const found = mayBreakAt(text, at) ? start(at) : undefined;
    if (found !== undefined) yield found;
  }
  // Looking for one character is so much faster that most texts never pay for looking for all.
  if (text.indexOf('\xe2', first) === -1 && text.indexOf('\xc2', first) === -1) return;
  INVISIBLE.lastIndex = first;
  for (let match = INVISIBLE.exec(text); match !== null && match.index < last; match = INVISIBLE.exec(text)) {
    if (!isLetter(text.charCodeAt(match.index - 1))) continue;
    const found = start(match.index);
    if (found !== undefined) yield found;
  }
}

/** Lower case. */
function isLetter(code: number): boolean {
  return code > 0x60 && code < 0x7b;
}

/** Whether one of the words runs through the end of the line at `at`. */
function mayBreakAt(text: string, at: number): boolean {
  let next = at + 1;
  while (QUOTATION.includes(text[next] ?? 'x')) next++;
  if (!isLetter(text.charCodeAt(next))) return false;
  let previous = at - 1;
  while ('=\r \t'.includes(text[previous] ?? 'x')) previous--;
  if (!NEIGHBOURS.has((text[previous] ?? '') + (text[next] ?? ''))) return false;
  const letters = /[a-z]{1,7}$/.exec(text.slice(Math.max(0, previous - 6), previous + 1))?.[0] ?? '';
  return straddles(letters, text.slice(next, next + 8));
}

/** Whether one of the words begins in `head` and ends in `tail`. */
function straddles(head: string, tail: string): boolean {
  for (let skip = 0; skip < head.length; skip++) {
    const length = FIRST_WORD.exec(head.slice(skip) + tail)?.[0].length ?? 0;
    if (length > head.length - skip) return true;
  }
  return false;
}

/** Where the word begins that is broken at `at`. */
function brokenWord(text: string, at: number): number | undefined {
  const near = text.slice(Math.max(0, at - NEAR), at).replace(/=[ \t]*\r?$/, '');
  const letters = /[a-z]{1,7}$/.exec(withoutHidden(near))?.[0];
  const behind = text.slice(at, at + NEAR);
  if (letters === undefined || !/^[^a-z]+[a-z]/.test(behind)) return undefined;
  const tail = joinLines(withoutHidden(behind));
  if (!straddles(letters, tail)) return undefined;
  for (let start = at - 1; start >= at - NEAR && start >= 0; start--) {
    const code = text.charCodeAt(start);
    if (code < 0x61 || code > 0x7a) continue;
    if (FIRST_WORD.test(joinLines(withoutHidden(text.slice(start, at + NEAR))))) return start;
  }
  return undefined;
}

/** Each link once; the most complete form stays, a gated link needs its key. */
function keep(found: Map<string, FoundLink>, link: FoundLink): void {
  const kind = link.kind === 'receipt' ? 'receipt' : 'secret';
  const key = `${link.baseUrl} ${kind} ${link.identifier}`;
  const known = found.get(key);
  if (known === undefined || PRECISION[known.kind] < PRECISION[link.kind]) found.set(key, link);
}

/** Drops shortened copies (previews, `…`) of links that are there in full. */
function withoutCut(links: FoundLink[]): FoundLink[] {
  const name = (link: FoundLink): string => `${link.baseUrl} ${link.identifier}`;
  const names = links.map(name).sort();
  const following = new Map(names.map((one, index) => [one, names[index + 1] ?? '']));
  return links.filter(
    (link) => link.kind !== 'damaged' || !(following.get(name(link)) ?? '').startsWith(name(link)),
  );
}
