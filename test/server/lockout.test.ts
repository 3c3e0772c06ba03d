import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLockout, networkOf } from '../../src/server/lockout.ts';
import { MemoryCounters } from '../../src/server/stores/counters.ts';
import { DIALECTS, type Harness, start, WAYS_IN } from './harness.ts';

const [v1, , v2, , v3] = DIALECTS;

describe.each(WAYS_IN)('wrong passphrases, %s', (way) => {
  let h: Harness;
  beforeEach(async () => {
    h = await start(way);
  });
  afterEach(() => h.close());

  test.each([v2!, v3!])('$name: five, then a lock of half an hour', async (dialect) => {
    const { secretId, receiptId } = await dialect.share(h, 'text', { passphrase: 'right', ttl: 7200 });
    for (let i = 0; i < 5; i += 1) {
      const refused =
        i % 2 === 0 ? await dialect.reveal(h, secretId, 'wrong') : await dialect.reveal(h, secretId);
      expect([refused.status, refused.json.error]).toEqual([422, 'Incorrect passphrase']);
    }
    for (const locked of [
      await dialect.reveal(h, secretId, 'right'),
      await dialect.burn(h, receiptId, 'right'),
    ]) {
      expect(locked.status).toBe(429);
      expect(locked.headers.get('retry-after')).toBe('1800');
      expect(locked.json).toMatchObject({
        error: 'Too many incorrect passphrase attempts. Please try again later.',
        error_type: 'LimitExceeded',
        retry_after: 1800,
        max_attempts: 5,
        request_id: expect.any(String),
      });
    }
    // v1 has the limit over all callers only.
    expect(v1!.textOf(await v1!.reveal(h, (await dialect.share(h, 'x')).secretId))).toBe('x');
    h.clock.nowMs += 1_799_999;
    expect((await dialect.reveal(h, secretId, 'right')).json.retry_after).toBe(1);
    h.clock.nowMs += 1;
    expect(dialect.textOf(await dialect.reveal(h, secretId, 'right'))).toBe('text');
  });

  test('a secret locked through v2 still opens through v1', async () => {
    const { secretId } = await v2!.share(h, 'text', { passphrase: 'right' });
    for (let i = 0; i < 6; i += 1) await v2!.reveal(h, secretId, 'wrong');
    expect((await v2!.reveal(h, secretId, 'right')).status).toBe(429);
    expect(v1!.textOf(await v1!.reveal(h, secretId, 'right'))).toBe('text');
  });

  test('many wrong ones at once are counted like many in a row', async () => {
    const { secretId } = await v2!.share(h, 'text', { passphrase: 'right' });
    const replies = await Promise.all(Array.from({ length: 12 }, () => v2!.reveal(h, secretId, 'wrong')));
    const statuses = replies.map((r) => r.status).sort();
    expect(statuses).toEqual([...Array<number>(5).fill(422), ...Array<number>(7).fill(429)]);
  });

  test('v1: twenty, then the generic refusal, for the right one too', async () => {
    const { secretId, receiptId } = await v1!.share(h, 'text', { passphrase: 'right', ttl: 7200 });
    for (let i = 0; i < 20; i += 1) {
      // None at all is not counted.
      expect((await v1!.reveal(h, secretId)).json.message).toBe('Unknown secret');
      expect((await v1!.reveal(h, secretId, 'wrong')).json.message).toBe('Unknown secret');
    }
    for (const locked of [await v1!.reveal(h, secretId, 'right'), await v1!.burn(h, receiptId, 'right')]) {
      expect(locked.status).toBe(404);
      expect(locked.json).toEqual({ message: 'An unexpected error occurred :[' });
      expect(locked.headers.get('x-ots-intended-status')).toBe('400');
      expect(locked.headers.get('retry-after')).toBeNull();
    }
    expect((await v2!.reveal(h, secretId, 'right')).status).toBe(429);
    h.clock.nowMs += 1_800_000;
    expect(v1!.textOf(await v1!.reveal(h, secretId, 'right'))).toBe('text');
  });

  test('ten minutes after the first they are forgotten, and the right one forgives them', async () => {
    const { secretId } = await v2!.share(h, 'text', { passphrase: 'right', ttl: 7200 });
    for (let i = 0; i < 4; i += 1) await v2!.reveal(h, secretId, 'wrong');
    h.clock.nowMs += 600_000;
    for (let i = 0; i < 4; i += 1) expect((await v2!.reveal(h, secretId, 'wrong')).status).toBe(422);
    const json = { passphrase: 'right' };
    expect((await h.send('POST', `/api/v2/secret/${secretId}/reveal`, { json })).status).toBe(200);
    for (let i = 0; i < 5; i += 1) expect((await v2!.reveal(h, secretId, 'wrong')).status).toBe(422);
    expect((await v2!.reveal(h, secretId, 'right')).status).toBe(429);
  });

  test('a secret without a passphrase takes any', async () => {
    const { secretId } = await v2!.share(h, 'text');
    expect(v2!.textOf(await v2!.reveal(h, secretId, 'whatever'))).toBe('text');
  });
});

test('networks have their own count, twenty tries from anywhere lock all', async () => {
  const lockout = createLockout(new MemoryCounters(() => 1_800_000_000_000));
  for (let network = 0; network < 4; network += 1) {
    for (let i = 0; i < 5; i += 1) {
      const attempt = { secretId: 's', address: `10.0.${network}.${i}` };
      expect(await lockout.charge(attempt)).toBeUndefined();
    }
    if (network < 3) expect(await lockout.check({ secretId: 's', address: '10.0.9.9' })).toBeUndefined();
  }
  const everywhere = { retryAfterSeconds: 1800, maxAttempts: 20 };
  expect(await lockout.check({ secretId: 's', address: '10.0.9.9' })).toEqual(everywhere);
  expect(await lockout.charge({ secretId: 's', address: undefined })).toEqual(everywhere);
  expect(await lockout.check({ secretId: 'other', address: '10.0.0.1' })).toBeUndefined();
});

test('counters that ended do not pile up', async () => {
  const clock = { nowMs: 0 };
  const counters = new MemoryCounters(() => clock.nowMs);
  const lockout = createLockout(counters);
  for (let i = 0; i < 5000; i += 1) {
    clock.nowMs += 10_000;
    await lockout.charge({ secretId: `s${i}`, address: '10.0.0.1' });
  }
  expect(counters.size).toBeLessThan(2000);
});

test.each([
  ['127.0.0.1', '127.0.0'],
  ['::ffff:127.0.0.1', '127.0.0'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:DB8::6', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['unknown', 'unknown'],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
