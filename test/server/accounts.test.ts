import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAccounts, settleToken } from '../../src/server/accounts.ts';
import { createPassphraseHasher } from '../../src/server/passphrase.ts';
import { MemoryStore } from '../../src/server/stores/memory.ts';
import { ACCOUNT, basic, CHEAP, type Harness, start, WAYS_IN } from './harness.ts';

const mine = basic(ACCOUNT.user, ACCOUNT.token);

describe.each(WAYS_IN)('an account, %s', (way) => {
  let h: Harness;
  beforeEach(async () => {
    h = await start(way, { account: ACCOUNT.user });
  });
  afterEach(() => h.close());
  const conceal = async (headers: Record<string, string>, secret: Record<string, unknown>) =>
    (await h.send('POST', '/api/v2/secret/conceal', { json: { secret }, headers })).json.record;

  test('has its lists, newest first, and its memos', async () => {
    const one = await conceal(mine, { secret: 'one' });
    h.clock.nowMs += 1000;
    const old = await h.send('POST', '/api/v1/share', { form: { secret: 'two' }, headers: mine });
    await conceal({}, { secret: 'of nobody' });
    const v1 = await h.send('GET', '/api/v1/private/recent', { headers: mine });
    expect(v1.json.map((item: { metadata_key: string }) => item.metadata_key)).toEqual([
      old.json.metadata_key,
      one.receipt.identifier,
    ]);
    for (const item of v1.json) {
      expect(item).toMatchObject({ custid: ACCOUNT.user, secret_ttl: null, state: 'new' });
      for (const absent of ['secret_key', 'secret_identifier', 'passphrase_required']) {
        expect(item).not.toHaveProperty(absent);
      }
    }
    const path = `/api/v2/receipt/${one.receipt.identifier}`;
    h.clock.nowMs += 1000;
    const noted = await h.send('PATCH', path, { json: { memo: 'for ops' }, headers: mine });
    expect([noted.status, noted.json.record.memo]).toEqual([200, 'for ops']);
    const v2 = await h.send('GET', '/api/v2/receipt/recent', { headers: mine });
    expect(v2.json).toMatchObject({ success: true, count: 2, details: { type: 'list', has_items: true } });
    expect(v2.json.records.map((item: { memo: string | null }) => item.memo)).toEqual(['for ops', null]);
    expect(v2.json.records[0]).toMatchObject({
      secret_identifier: one.secret.identifier,
      owner_id: one.receipt.owner_id,
    });
    for (const headers of [{}, basic('other@example.com', ACCOUNT.token)]) {
      expect((await h.send('PATCH', path, { json: { memo: 'x' }, headers })).status).toBe(401);
    }
    expect((await h.send('PATCH', path, { json: { memo: 'x'.repeat(501) }, headers: mine })).status).toBe(
      422,
    );
    expect((await h.send('GET', path)).json.record.memo).toBe('for ops');
    h.clock.nowMs += 31 * 86_400_000;
    expect((await h.send('GET', '/api/v2/receipt/recent', { headers: mine })).json.count).toBe(0);
  });

  test('is granted longer lifetimes', async () => {
    const ttl = 99_999_999;
    expect((await conceal(mine, { secret: 'a', ttl })).secret.secret_ttl).toBe(31_536_000);
    expect((await conceal({}, { secret: 'a', ttl })).secret.secret_ttl).toBe(604_800);
    const form = { secret: 'a', ttl: String(ttl) };
    const v1 = await h.send('POST', '/api/v1/share', { form, headers: mine });
    expect([v1.json.ttl, v1.json.custid]).toEqual([2_592_000, ACCOUNT.user]);
  });

  test('is nobody with another name, token or scheme', async () => {
    const wrong = [
      basic(ACCOUNT.user, 'wrong'),
      basic('Tester@example.com', ACCOUNT.token),
      basic('', ACCOUNT.token),
      basic(ACCOUNT.user, ''),
      { authorization: 'Basic' },
      { authorization: 'Basic %%%' },
      { authorization: `Bearer ${ACCOUNT.token}` },
      { authorization: `Basic ${'A'.repeat(9000)}` },
    ];
    for (const headers of wrong) {
      const v1 = await h.send('GET', '/api/v1/authcheck', { headers });
      expect([v1.status, v1.json]).toEqual([404, { message: 'Not authorized' }]);
      expect((await h.send('GET', '/api/v2/receipt/recent', { headers })).status).toBe(401);
      const json = { secret: { secret: 'a' } };
      expect((await h.send('POST', '/api/v2/secret/conceal', { json, headers })).status).toBe(401);
      expect((await h.send('POST', '/api/v2/guest/secret/conceal', { json, headers })).status).toBe(200);
    }
    expect((await h.send('GET', '/api/v1/authcheck', { headers: mine })).status).toBe(200);
    const version = await h.send('GET', '/api/v2/version', { headers: mine });
    expect(version.json.version).toEqual(['0', '26', '6']);
  });
});

test('a token is made once, kept as a slow hash, and replaced by a given one', async () => {
  const store = new MemoryStore(Date.now);
  const hasher = createPassphraseHasher(CHEAP);
  const parts = { store, hasher, now: Date.now };
  const made = await settleToken(parts, 'me', undefined);
  expect(made).toMatch(/^[\w-]{32}$/);
  expect(await settleToken(parts, 'me', undefined)).toBeUndefined();
  const accounts = createAccounts(parts, 'me');
  const identify = (token: string) => accounts.identify(basic('me', token).authorization, '10.0.0.1');
  expect(await identify(made ?? '')).toMatchObject({ user: 'me', token: made });
  expect(await settleToken(parts, 'me', 'a given token')).toBeUndefined();
  expect(await createAccounts(parts, 'me').identify(basic('me', made ?? '').authorization, '10.0.0.1')).toBe(
    'wrong',
  );
  await store.close();
});

test('guesses at a token are bounded, and the cached right one still goes through', async () => {
  const store = new MemoryStore(Date.now);
  let verifications = 0;
  const hasher = createPassphraseHasher(CHEAP);
  const counting: typeof hasher = {
    hash: hasher.hash,
    verify(passphrase, stored) {
      verifications += 1;
      return hasher.verify(passphrase, stored);
    },
  };
  await settleToken({ store, hasher }, 'me', 'right token');
  const accounts = createAccounts({ store, hasher: counting, now: Date.now }, 'me');
  const right = basic('me', 'right token').authorization;
  for (let i = 0; i < 5; i += 1) expect(await accounts.identify(right, '10.0.0.1')).not.toBe('wrong');
  expect(verifications).toBe(1);
  for (let i = 0; i < 200; i += 1) {
    expect(await accounts.identify(basic('me', `wrong ${i}`).authorization, '10.0.0.2')).toBe('wrong');
  }
  expect(verifications).toBeLessThanOrEqual(51);
  expect(await accounts.identify(right, '10.0.0.2')).not.toBe('wrong');
  await store.close();
});
