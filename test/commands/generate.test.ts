/** Generated values: the right characters, each as likely as any other. */
import { expect, test } from 'vitest';
import { makeValue } from '../../src/commands/generate.ts';
import { randomWords } from '../../src/commands/passphrase.ts';

const ALPHABETS: [string, RegExp, number][] = [
  ['alnum', /^[0-9A-Za-z]+$/, 62],
  ['full', /^[!-~]+$/, 90],
  ['hex', /^[0-9a-f]+$/, 16],
  ['digits', /^[0-9]+$/, 10],
];

/** Pearson's statistic against an even distribution over `size` values. */
function chiSquared(counts: number[], size: number): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / size;
  const missing = size - counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, missing * expected);
}

/** Ten standard deviations above the mean: chance never gets there, a modulo of a byte does. */
function bound(size: number): number {
  return size - 1 + 10 * Math.sqrt(2 * (size - 1));
}

test.each(ALPHABETS)('%s: every character is as likely as any other', async (alphabet, form, size) => {
  const counts = new Map<string, number>();
  for (let round = 0; round < 50; round += 1) {
    const value = await makeValue({ alphabet, length: '4096' });
    expect(value).toHaveLength(4096);
    expect(value).toMatch(form);
    for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  expect(counts.size).toBe(size);
  expect(chiSquared([...counts.values()], size)).toBeLessThan(bound(size));
});

test('the bound catches a modulo of a byte', () => {
  const counts = Array.from({ length: 62 }, (_, index) => (index < 256 % 62 ? 5 : 4) * 800);
  expect(chiSquared(counts, 62)).toBeGreaterThan(bound(62));
});

test('words: 7,776 of them, evenly, none twice in the list', async () => {
  const words = (await Promise.all(Array.from({ length: 1000 }, () => randomWords(64)))).join('-').split('-');
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  // A few words of the list have a hyphen of their own, so that this counts their halves.
  expect(counts.size).toBeGreaterThan(7600);
  expect(counts.size).toBeLessThan(7800);
  for (const word of counts.keys()) expect(word).toMatch(/^[a-z]{1,9}$/);
});

test('lengths and word counts', async () => {
  expect(await makeValue({})).toMatch(/^[0-9A-Za-z]{24}$/);
  expect(await makeValue({ length: '1', alphabet: 'digits' })).toMatch(/^\d$/);
  for (const options of [
    { length: '0' },
    { length: '4097' },
    { length: '-1' },
    { length: '1e3' },
    { alphabet: 'constructor' },
    { words: '0' },
    { words: '65' },
    { words: '5', alphabet: 'hex' },
  ]) {
    await expect(makeValue(options)).rejects.toMatchObject({ code: 'usage' });
  }
});
