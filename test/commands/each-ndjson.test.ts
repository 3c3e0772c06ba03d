/** Fields found in the text of an object, so that all other text can stay as it is. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { membersOf } from '../../src/commands/each-ndjson.ts';

test('names and values are where they are said to be, however the object is written', () =>
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 8 }),
      fc.constantFrom(undefined, 1, 4, '\t'),
      (object, indent) => {
        const text = ` ${JSON.stringify(object, null, indent)} `;
        const members = membersOf(text);
        const read = members.map(({ name, nameStart, nameEnd, valueStart, valueEnd }) => {
          expect(JSON.parse(text.slice(nameStart, nameEnd))).toBe(name);
          return [name, JSON.parse(text.slice(valueStart, valueEnd))] as const;
        });
        const parsed = JSON.parse(text) as Record<string, unknown>;
        expect(read).toEqual(Object.entries(parsed));
      },
    ),
  ));

test('a name that comes twice is found twice, and long strings are no trouble', () => {
  const long = '\\"'.repeat(500_000);
  const text = `{"a":1,"\\u0061":"${long}","b":[[{"a":"]}"}]]}`;
  expect(membersOf(text).map(({ name }) => name)).toEqual(['a', 'a', 'b']);
});
