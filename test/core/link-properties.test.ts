/** Links under the hands of people, mail programs and gateways: repaired to the very same key, or refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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

const identifier = fc
  .array(fc.constantFrom(...'0123456789abcdefghijklmnopqrstuvwxyzABCXYZ'), { minLength: 20, maxLength: 70 })
  .map((characters) => characters.join(''));
const baseUrl = fc.constantFrom(
  'https://eu.onetimesecret.com',
  'http://127.0.0.1:7143',
  'https://h.example/a/prefix',
  'http://[::1]:80',
);
const made = fc
  .record({
    baseUrl,
    identifier,
    suite: fc.constantFrom(0x10, 0x12, 0x13),
    linkKey: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  })
  .map((parts) => ({ ...parts, baseUrl: new URL(parts.baseUrl).href.replace(/\/$/, '') }));
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

/** What happens to links on their way, as functions of text and a random number. */
const damages: ((text: string, at: number) => string)[] = [
  (text) => encodeURIComponent(text),
  (text) => text.replace('#', '%23'),
  (text) => `<${text}>`,
  (text) => `"${text}".`,
  (text) => `see (${text}), please`,
  (text) => ` \n${text}\r\n`,
  (text, at) => insert(text, at, '\n'),
  (text, at) => insert(text, at, ' '),
  (text, at) => insert(text, at, '\u200b'),
  (text, at) => insert(text, at, '\u00ad'),
  (text, at) => insert(text, at, '=\r\n'),
  (text) => `https://gate.example/?url=${encodeURIComponent(text)}&data=05%7C02`,
  (text) => `[${text}](${text})`,
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
    let repaired = 0;
    fc.assert(
      fc.property(made, steps, (parts, chosen) => {
        const damaged = chosen.reduce((text, [damage, at]) => damage(text, at), linkOf(parts));
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
      fc.property(made, fc.constantFrom(...damages), fc.nat(10_000), (parts, damage, at) => {
        expect(parseLink(damage(linkOf(parts), at))).toMatchObject({ kind: 'sealed', ...parts });
      }),
      runs(600),
    );
  });

  it('with any letter changed, lost, swapped or in the other case never opens with another key, nor looks ordinary', () => {
    const mistake = fc.constantFrom<(text: string, at: number, letter: string) => string>(
      (text, at, letter) => text.slice(0, at) + letter + text.slice(at + 1),
      (text, at) => text.slice(0, at) + text.slice(at + 1),
      (text, at) =>
        text.slice(0, at) +
        text
          .slice(at, at + 2)
          .split('')
          .reverse()
          .join('') +
        text.slice(at + 2),
      (text, at) => text.slice(0, at) + swapCase(text[at] ?? '') + text.slice(at + 1),
    );
    fc.assert(
      fc.property(
        made,
        mistake,
        fc.nat(200),
        fc.constantFrom(...'0OIl1abXYZ9'),
        (parts, damage, offset, letter) => {
          const original = linkOf(parts);
          const afterHost = original.indexOf('/secret/') + '/secret/'.length;
          // The check covers identifier and fragment; a # that is lost altogether is the next test's.
          const at = afterHost + (offset % (original.length - afterHost));
          if (original[at] === '#' || original[at + 1] === '#') return;
          const link = parseOrRefuse(damage(original, at, letter));
          if (link !== undefined) expect(link).toEqual({ kind: 'sealed', ...parts, unwrapped: false });
        },
      ),
      runs(3000),
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

function swapCase(letter: string): string {
  return letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
}
