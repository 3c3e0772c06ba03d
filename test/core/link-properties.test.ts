/** Links under the hands of people, mail programs and gateways: repaired to the very same key, or refused. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  FRAGMENT_CHARACTERS,
  formatLink,
  isOtsError,
  type Link,
  parseLink,
  parseLinkKey,
} from '../../src/core/index.ts';

const RUNS = Number(process.env['OTS_TEST_RUNS'] ?? 1);
const runs = (count: number) => ({ numRuns: count * RUNS });
vi.setConfig({ testTimeout: 20_000 * Math.max(1, RUNS) });

const identifier = fc
  .array(fc.constantFrom(...'0123456789abcdefghijklmnopqrstuvwxyzABCXYZ'), { minLength: 20, maxLength: 70 })
  .map((characters) => characters.join(''));
const host = fc.oneof(
  fc.domain(),
  fc.ipV4(),
  fc.constantFrom('[::1]', 'localhost', 'ots', 'xn--bcher-kva.example', 'EU.Example'),
);
const prefix = fc.oneof(
  fc.constantFrom('', '', '/secret', '/a/prefix', '/~x/(y)'),
  fc
    .array(fc.string({ unit: fc.constantFrom(...'abcXYZ019-_.~'), minLength: 1, maxLength: 8 }), {
      maxLength: 3,
    })
    .map((segments) => segments.map((segment) => `/x${segment}`).join('')),
);
const port = fc.oneof(
  fc.constant(''),
  fc.integer({ min: 1, max: 65_535 }).map((number) => `:${number}`),
);
const baseUrl = fc
  .tuple(fc.constantFrom('https://', 'http://'), host, port, prefix)
  .map((parts) => new URL(parts.join('')).href.replace(/\/$/, ''));
const made = fc.record({
  baseUrl,
  identifier,
  suite: fc.constantFrom(0x10, 0x12, 0x13),
  linkKey: fc.uint8Array({ minLength: 32, maxLength: 32 }),
});
type Made = typeof made extends fc.Arbitrary<infer T> ? T : never;

function linkOf(parts: Made): string {
  return formatLink(parts.baseUrl, parts.identifier, parts.suite as 0x10, parts.linkKey);
}

function parseOrRefuse(text: string): Link | undefined {
  try {
    return parseLink(text);
  } catch (error) {
    expect(isOtsError(error, 'usage')).toBe(true);
    return undefined;
  }
}

const INVISIBLE = [
  ' ',
  '\n',
  '\r\n  ',
  '\t',
  '\u00a0',
  '\u200b',
  '\u200c',
  '\u200d',
  '\u2060',
  '\ufeff',
  '\u00ad',
];

/** What happens to links on their way, as functions of text and a random number. */
const damages: ((text: string, at: number) => string)[] = [
  encodeURIComponent,
  (text) => text.replace('#', '%23'),
  (text) => `<${text}>`,
  (text) => `"${text}".`,
  (text) => `„${text}“ …`,
  (text) => `*${text}*`,
  (text) => ` \n${text}\r\n`,
  (text, at) => insert(text, at, INVISIBLE[at % INVISIBLE.length]!),
  (text, at) => insert(text, at, INVISIBLE[at % INVISIBLE.length]!),
  (text) => `see (${text}), please`,
  (text) => `https://gate.example/?url=${encodeURIComponent(text)}&data=05%7C02`,
  (text) => `https://other.example/x?a=1&q=${encodeURIComponent(text)}#top`,
  (text) => `[${text}](${text})`,
];

/** Mail's own line breaks: the last thing that happens, and never inside one another. */
const softBreaks: typeof damages = [
  (text) => text,
  (text, at) => insert(text, at, '=\n'),
  (text, at) => insert(text, at, '=\r\n'),
];

function insert(text: string, at: number, piece: string): string {
  const index = at % (text.length + 1);
  return text.slice(0, index) + piece + text.slice(index);
}

describe('any link', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(made, (parts) => {
        const { suite, linkKey } = parts;
        expect(parseLink(linkOf(parts))).toEqual({ kind: 'sealed', ...parts, unwrapped: false });
        expect(parseLinkKey(linkOf(parts))).toEqual({ suite, linkKey, checkHolds: true });
      }),
      runs(300),
    );
  });

  it('after any harmless damage leads to the same server, identifier and key, or is refused', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom(...damages), fc.nat(10_000)), {
      minLength: 1,
      maxLength: 4,
    });
    const last = fc.tuple(fc.constantFrom(...softBreaks), fc.nat(10_000));
    let repaired = 0;
    fc.assert(
      fc.property(made, steps, last, (parts, chosen, mailed) => {
        const damaged = [...chosen, mailed].reduce((text, [damage, at]) => damage(text, at), linkOf(parts));
        const link = parseOrRefuse(damaged);
        if (link === undefined) return;
        repaired++;
        expect(link).toMatchObject({ kind: 'sealed', ...parts });
      }),
      runs(1500),
    );
    expect(repaired).toBeGreaterThan(1000 * RUNS);
  });

  it('with one damage is always repaired', () => {
    fc.assert(
      fc.property(made, fc.constantFrom(...damages, ...softBreaks), fc.nat(10_000), (parts, damage, at) => {
        expect(parseLink(damage(linkOf(parts), at))).toMatchObject({ kind: 'sealed', ...parts });
      }),
      runs(600),
    );
  });

  it('with any character changed, lost, added, swapped or in the other case never gives another key, nor looks ordinary', () => {
    const mistakes: ((text: string, at: number, letter: string) => string)[] = [
      (text, at, letter) => text.slice(0, at) + letter + text.slice(at + 1),
      (text, at) => text.slice(0, at) + text.slice(at + 1),
      (text, at, letter) => text.slice(0, at) + letter + text.slice(at),
      (text, at) => text.slice(0, at) + text.charAt(at + 1) + text.charAt(at) + text.slice(at + 2),
      (text, at) => text.slice(0, at) + swapCase(text.charAt(at)) + text.slice(at + 1),
    ];
    const letter = fc.oneof(
      fc.constantFrom(...'0OIl1abXYZ9'),
      fc.constantFrom(...'#?%/.:@&=-_~ \n\u200b\u00ad'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(
        made,
        fc.constantFrom(...mistakes),
        fc.nat(10_000),
        letter,
        (parts, mistake, place, typed) => {
          const original = linkOf(parts);
          const at = place % original.length;
          const mistyped = mistake(original, at, typed);
          const link = parseOrRefuse(mistyped);
          if (link === undefined) return;
          // A # that is gone altogether is the next tests'.
          if (mistyped.includes('#')) expect(link.kind).toBe('sealed');
          if (link.kind !== 'sealed') return;
          const { baseUrl: server, ...key } = parts;
          expect(link).toMatchObject(key);
          // The host is never repaired: a mistake there, and only there, leads to another one.
          if (at > original.lastIndexOf('/secret/')) expect(link.baseUrl).toBe(server);
        },
      ),
      runs(5000),
    );
  });

  it('that lost its # or anything behind it is refused', () => {
    fc.assert(
      fc.property(made, fc.integer({ min: 0, max: FRAGMENT_CHARACTERS - 1 }), (parts, kept) => {
        const original = linkOf(parts);
        expect(parseOrRefuse(original.replace('#', ''))).toBeUndefined();
        expect(parseOrRefuse(original.slice(0, original.indexOf('#') + 1 + kept))).toBeUndefined();
      }),
      runs(300),
    );
  });
});

const EXAMPLE = {
  baseUrl: 'https://ots.example',
  identifier: 'qika10r61ifb4w6jm65v3m27dd582s66po6nmybdrkg5se660hp7a95maeincm',
  suite: 0x10 as const,
  linkKey: new Uint8Array(32).fill(7),
};

describe('a link', () => {
  it.each(['?', '/?', 'x', '3'])('whose # became %s is refused, not spent as an ordinary one', (typed) => {
    expect(parseOrRefuse(linkOf(EXAMPLE).replace('#', typed))).toBeUndefined();
  });

  it.each(['==\n\r\n', '=\u200b\n'])(
    'with a broken line break (%j) in its host leads to no other host',
    (broken) => {
      const link = parseOrRefuse(linkOf(EXAMPLE).replace('ots.', `ots.${broken}`));
      expect(link?.baseUrl ?? EXAMPLE.baseUrl).toBe(EXAMPLE.baseUrl);
    },
  );

  it('to a server below a path with a percent sign is read as it was written', () => {
    const parts = { ...EXAMPLE, baseUrl: 'https://ots.example/a%20b' };
    expect(parseOrRefuse(linkOf(parts))).toMatchObject(parts);
  });

  it('to a server below a path with a percent sign leads to no other path once its # was encoded', () => {
    const parts = { ...EXAMPLE, baseUrl: 'https://ots.example/a%20b' };
    const link = parseOrRefuse(linkOf(parts).replace('#', '%23'));
    expect(link?.baseUrl ?? parts.baseUrl).toBe(parts.baseUrl);
  });
});

function swapCase(letter: string): string {
  return letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
}
