import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { grantTtlSeconds } from '../../src/server/lifetime.ts';
import { MemoryStore } from '../../src/server/stores/memory.ts';
import { newRecord, refTo } from '../support/store-contract.ts';
import { DIALECTS, type Harness, start, WAYS_IN } from './harness.ts';

test.each<[unknown, number | undefined]>([
  [undefined, 604_800],
  [null, 604_800],
  [3600, 3600],
  ['3600', 3600],
  [' 120 ', 120],
  ['90.9', 90],
  [90.9, 90],
  ['7d', 60],
  ['', 60],
  ['abc', 60],
  [0, 60],
  [-5, 60],
  ['-5', 60],
  [59, 60],
  [604_801, 604_800],
  ['99999999999999999999999', 604_800],
  [Number.POSITIVE_INFINITY, 604_800],
  [true, undefined],
  [[60], undefined],
  [{}, undefined],
])('a ttl of %j is granted as %s', (asked, granted) => {
  expect(grantTtlSeconds(asked)).toBe(granted);
});

describe.each(WAYS_IN)('expiry, %s', (way) => {
  let h: Harness;
  beforeEach(async () => {
    h = await start(way);
  });
  afterEach(() => h.close());

  test.each(DIALECTS)('$name: readable until the last moment, gone at the next', async (dialect) => {
    const one = await dialect.share(h, 'one', { ttl: 300 });
    const two = await dialect.share(h, 'two', { ttl: 300 });
    h.clock.nowMs += 299_999;
    expect(dialect.textOf(await dialect.reveal(h, one.secretId))).toBe('one');
    h.clock.nowMs += 1;
    expect((await dialect.reveal(h, two.secretId)).status).toBe(404);
    expect(dialect.burned(await dialect.burn(h, two.receiptId))).toBe(false);
    const { json } = await dialect.receipt(h, two.receiptId);
    expect(json.state ?? json.record.state).toBe('expired');
    expect(json.secret_key ?? json.record.share_path).toMatch(/^(secret\/)?$/);
    h.clock.nowMs += 299_999;
    expect((await dialect.receipt(h, two.receiptId)).status).toBe(200);
    h.clock.nowMs += 1;
    expect((await dialect.receipt(h, two.receiptId)).status).toBe(404);
  });

  test('answers tell what is left', async () => {
    const [v1, , v2] = DIALECTS;
    const { secretId, receiptId } = await v2!.share(h, 'text', { ttl: 300 });
    h.clock.nowMs += 100_000;
    const status = await h.send('GET', `/api/v3/secret/${secretId}/status`);
    expect(status.json.details.current_expiration).toBe(200);
    const receipt = await v2!.receipt(h, receiptId);
    expect(receipt.json.details.secret_realttl).toBe(200);
    const old = await v1!.receipt(h, receiptId);
    expect(old.json).toMatchObject({ ttl: 300, secret_ttl: 200, metadata_ttl: 500, receipt_ttl: 500 });
    h.clock.nowMs += 200_000;
    const gone = await h.send('GET', `/api/v2/secret/${secretId}/status`);
    expect(gone.json).toEqual({ record: { state: 'unknown' } });
    expect((await h.send('GET', `/api/v2/secret/${secretId}`)).status).toBe(404);
  });
});

test('sweeping finds every secret, after naps short and long', async () => {
  const clock = { nowMs: 1_800_000_000_000 };
  const store = new MemoryStore(() => clock.nowMs);
  const start = clock.nowMs;
  const lifetimes = Array.from({ length: 200 }, (_, i) => 60 + ((i * 7919) % 5000));
  for (const [i, ttlSeconds] of lifetimes.entries()) {
    await store.create(newRecord(`${i}`, { createdAtMs: start, lifetimeMs: ttlSeconds * 1000 }));
  }
  for (const nap of [1, 999, 61_000, 500, 300_000, 2_000_000, 10]) {
    clock.nowMs += nap;
    store.sweep();
    const now = clock.nowMs;
    clock.nowMs = start;
    for (const [i, ttlSeconds] of lifetimes.entries()) {
      const there = (await store.secret(refTo(`s${i}`))) !== undefined;
      const expired = now >= start + ttlSeconds * 1000;
      // Within the second that it expires in the sweep may still leave it to the reads.
      if (expired && now - start - ttlSeconds * 1000 >= 1000) expect(there).toBe(false);
      if (!expired) expect(there).toBe(true);
    }
    clock.nowMs = now;
  }
  await store.close();
});
