/** The memory store's bytes: what is put comes back, wherever it was put before, and what was erased is overwritten. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Place, Slabs } from '../../src/server/stores/slabs.ts';

const lengths = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 9000 }));

test('any order of putting and erasing leaves every other place as it was', () => {
  const acts = fc.array(fc.record({ length: lengths, keep: fc.boolean(), pick: fc.nat() }), {
    maxLength: 300,
  });
  fc.assert(
    fc.property(acts, (list) => {
      const slabs = new Slabs();
      const kept: { place: Place; bytes: Uint8Array }[] = [];
      list.forEach(({ length, keep, pick }, index) => {
        const bytes = new Uint8Array(length).fill((index % 255) + 1);
        const head = bytes.subarray(0, length >> 1);
        kept.push({ place: slabs.put(head, bytes.subarray(head.length)), bytes });
        if (keep) return;
        const [gone] = kept.splice(pick % kept.length, 1);
        if (gone !== undefined) slabs.erase(gone.place, gone.bytes.length);
      });
      for (const { place, bytes } of kept) {
        expect(Buffer.compare(slabs.read(place, 0, bytes.length), bytes)).toBe(0);
        const middle = bytes.length >> 1;
        expect(slabs.read(place, middle, bytes.length)).toHaveLength(bytes.length - middle);
      }
    }),
  );
});

test('what was erased is overwritten at once, and its room is used again', () => {
  const slabs = new Slabs();
  const text = 'ciphertext to erase';
  const stays = slabs.put(Buffer.from('this one stays here'));
  const place = slabs.put(Buffer.from(text));
  slabs.erase(place, text.length);
  expect(Buffer.from(slabs.read(place, 0, text.length)).every((byte) => byte === 0)).toBe(true);
  expect(slabs.put(Buffer.from('a text as long here'))).toBe(place);
  expect(Buffer.from(slabs.read(stays, 0, 19)).toString()).toBe('this one stays here');
});

test('what was read is a copy, which erasing does not touch', () => {
  const slabs = new Slabs();
  const place = slabs.put(Buffer.from('handed out'));
  const read = slabs.read(place, 0, 10);
  slabs.erase(place, 10);
  expect(Buffer.from(read).toString()).toBe('handed out');
});

test('a slab whose last place was erased is let go, and nothing is read from it', () => {
  const slabs = new Slabs();
  const large = Buffer.alloc(70_000, 7);
  const place = slabs.put(large);
  slabs.erase(place, large.length);
  expect(() => slabs.read(place, 0, 1)).toThrow(RangeError);
  const small = slabs.put(Buffer.from('small'));
  expect(Buffer.from(slabs.read(small, 0, 5)).toString()).toBe('small');
});
