/**
 * Reading records: the states of receipts and secrets in every era's words, and what must never be read.
 */

import { describe, expect, it } from 'vitest';
import { readReceipt, readStatus, stateOf } from '../../src/remote/records.ts';
import { readV1Receipt } from '../../src/remote/v1-records.ts';
import { RECEIPT_ID, SECRET_ID } from '../support/remote-open.ts';

describe('receipts of v2 and v3', () => {
  it.each([
    { is: 'new', record: { state: 'new' }, state: 'new' },
    { is: 'shared', record: { state: 'shared' }, state: 'new' },
    {
      is: 'looked at by its holder only (0.23)',
      record: { state: 'viewed', secret_state: 'new' },
      state: 'new',
    },
    {
      is: 'of a secret somebody looked at',
      record: { state: 'new', secret_state: 'previewed' },
      state: 'viewed',
    },
    { is: 'received', record: { state: 'received', secret_state: null }, state: 'revealed' },
    { is: 'burned', record: { state: 'burned', is_burned: true }, state: 'burned' },
    { is: 'expired', record: { state: 'expired' }, state: 'expired' },
    { is: 'expired by its flag', record: { state: 'viewed', is_expired: true }, state: 'expired' },
    { is: 'orphaned', record: { state: 'orphaned' }, state: 'gone' },
    {
      is: 'of a secret that is no more, for no told reason',
      record: { state: 'viewed', secret_state: null },
      state: 'expired',
    },
    {
      is: '0.18, live',
      record: { secret_key: SECRET_ID },
      details: { is_received: null, is_burned: null },
      state: 'new',
    },
    {
      is: '0.18, received',
      record: { secret_key: '' },
      details: { is_received: true, is_burned: false },
      state: 'revealed',
    },
    {
      is: '0.18, burned',
      record: { secret_key: '' },
      details: { is_received: false, is_burned: true },
      state: 'burned',
    },
    { is: '0.18, gone', record: { secret_key: '' }, details: {}, state: 'gone' },
    { is: 'in a word of the future', record: { state: 'frozen' }, state: 'unknown' },
  ])('$is: $state', ({ record, details, state }) => {
    expect(readReceipt({ key: RECEIPT_ID, ...record }, details ?? {})?.state).toBe(state);
  });

  it('name a protected secret in the path only (0.24 and later)', () => {
    const record = { key: RECEIPT_ID, state: 'new', share_path: `secret/${SECRET_ID}` };
    expect(readReceipt(record, {})?.secretId).toBe(SECRET_ID);
    expect(readReceipt({ ...record, state: 'revealed' }, {})?.secretId).toBeUndefined();
    expect(readReceipt({ ...record, share_path: 'secret/' }, {})?.secretId).toBeUndefined();
  });

  it('tell times in numbers, texts and dates', () => {
    const times = (record: object, details = {}) =>
      readReceipt({ key: RECEIPT_ID, state: 'new', ...record }, details);
    expect(times({ created: 1795382876.9 })?.createdAtSeconds).toBe(1795382876);
    expect(times({ created: '1795384575' })?.createdAtSeconds).toBe(1795384575);
    expect(times({ created: '' })?.createdAtSeconds).toBeUndefined();
    expect(times({ created_date_utc: '2026-11-22@21:55:59 UTC' })?.createdAtSeconds).toBe(1795384559);
    expect(times({ secret_ttl: 3600 }, { secret_realttl: '1800.0' })?.secretTtlSeconds).toBe(1800);
    expect(times({ secret_ttl: 3600 })?.secretTtlSeconds).toBeUndefined();
  });

  it('are never read for a plaintext', () => {
    const details = { secret_value: 'the plaintext', has_passphrase: false };
    const receipt = readReceipt({ key: RECEIPT_ID, state: 'new', value: 'the plaintext' }, details);
    expect(JSON.stringify(receipt)).not.toContain('plaintext');
  });
});

describe('receipts of v1', () => {
  const live = { metadata_key: RECEIPT_ID, secret_key: SECRET_ID, state: 'new', secret_ttl: 60, created: 1 };

  it('that still name a secret are live, others are over', () => {
    expect(readV1Receipt(live, 'receipt')).toMatchObject({
      state: 'new',
      secretId: SECRET_ID,
      secretTtlSeconds: 60,
    });
    expect(readV1Receipt({ ...live, secret_key: '' }, 'receipt')?.state).toBe('expired');
    const burned = readV1Receipt({ ...live, state: 'burned', secret_ttl: 120 }, 'receipt');
    // 0.15: what it calls the secret's lifetime is then the receipt's.
    expect(burned).toMatchObject({ state: 'burned', secretId: undefined, secretTtlSeconds: undefined });
  });

  it("in lists may lack the secret, and their lifetimes are not the secret's", () => {
    const listed = readV1Receipt({ ...live, secret_key: undefined }, 'list');
    expect(listed).toMatchObject({ state: 'new', secretId: undefined, secretTtlSeconds: undefined });
    expect(readV1Receipt({ ...live, value: 'the plaintext' }, 'list')).not.toHaveProperty('value');
  });
});

describe('status', () => {
  it('unknown means gone', () => {
    expect(readStatus({ record: { state: 'unknown' } })).toMatchObject({ state: 'gone' });
  });

  it('tells the seconds left under both names', () => {
    const record = { key: SECRET_ID, state: 'new', has_passphrase: true };
    const told = { state: 'new', ttlSeconds: 5, hasPassphrase: true };
    expect(readStatus({ record, details: { current_expiration: 5 } })).toEqual(told);
    expect(readStatus({ record, details: { realttl: 5 } })).toEqual(told);
  });

  it.each([undefined, null, 5, [], {}, { record: [] }, { record: {} }, { record: { state: 'toString' } }])(
    'is not read from %j',
    (json) => {
      expect(readStatus(json)).toBeUndefined();
    },
  );
});

it('knows no states by inherited names', () => {
  for (const word of ['constructor', '__proto__', 'toString']) expect(stateOf(word)).toBeUndefined();
});
