/** What every store must do, as one suite: run over memory and sqlite here, over Redis in test/services. */

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Claim, Limit, NewRecord, Ref, Store } from '../../src/server/stores/types.ts';

export interface StoreUnderTest {
  store: Store;
  /** Another way to the same records, as another process has it; the same where there is none. */
  other: Store;
  /** Lets time pass for the store. */
  pass(ms: number): Promise<void>;
  /** The time that stamps are made of. */
  nowMs(): number;
  close(): Promise<void>;
}

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');

export function refTo(name: string): Ref {
  return { tag: 'tag', key: name };
}

/** A secret `sNAME` with receipt `rNAME`. */
export function newRecord(name: string, more: Partial<NewRecord> & { createdAtMs: number }): NewRecord {
  return {
    secret: refTo(`s${name}`),
    receipt: refTo(`r${name}`),
    body: Buffer.from(`text of ${name}`),
    gate: new Uint8Array(0),
    box: Buffer.from(`box of ${name}`),
    lifetimeMs: 60_000,
    ...more,
  };
}

const claimOf = (hash: string, windowMs = 60_000): Claim => ({ hash, windowMs, maxReplays: 5 });

/** Short enough to be waited for where time cannot be turned. */
const SHORT_MS = 400;

interface Made {
  secret: Ref;
  receipt: Ref;
  name: string;
}

/** Declares the suite over one kind of store. */
export function describeStore(kind: string, start: () => Promise<StoreUnderTest>): void {
  describe(`the store contract: ${kind}`, () => {
    let t: StoreUnderTest;
    beforeAll(async () => {
      t = await start();
    });
    afterAll(() => t.close());
    const make = async (more: Partial<NewRecord> = {}): Promise<Made> => {
      const name = randomBytes(12).toString('hex');
      await t.store.create(newRecord(name, { createdAtMs: t.nowMs(), ...more }));
      return { secret: refTo(`s${name}`), receipt: refTo(`r${name}`), name };
    };
    const under = (): StoreUnderTest => t;
    describeSecrets(under, make);
    describeClaims(under, make);
    describeRest(under, make);
  });
}

type Make = (more?: Partial<NewRecord>) => Promise<Made>;

function describeSecrets(under: () => StoreUnderTest, make: Make): void {
  test('a secret is there until it is taken, and taken once', async () => {
    const { store } = under();
    const { secret, receipt, name } = await make({ gate: Buffer.from([0, 255, 1]) });
    const found = await store.secret(secret);
    expect(found).toMatchObject({ receipt, lifetimeMs: 60_000, claimHash: undefined });
    expect([...(found?.gate ?? [])]).toEqual([0, 255, 1]);
    expect(await store.receipt(receipt)).toMatchObject({
      state: 'new',
      endedAtMs: undefined,
      accessCount: 0,
    });
    expect(text(await store.take(secret, receipt, undefined))).toBe(`text of ${name}`);
    expect(await store.take(secret, receipt, undefined)).toBeUndefined();
    expect(await store.secret(secret)).toBeUndefined();
    const after = await store.receipt(receipt);
    expect(after).toMatchObject({ state: 'revealed', endedAtMs: expect.any(Number) });
    expect(text(after?.box)).toBe(`box of ${name}`);
    expect(await store.burn(receipt, secret)).toBe(false);
    expect((await store.receipt(receipt))?.state).toBe('revealed');
  });

  test('bodies come back byte for byte, small and large', async () => {
    const { store } = under();
    for (const size of [0, 1, 4096, 1_000_000]) {
      const body = randomBytes(size);
      const { secret, receipt } = await make({ body });
      expect(Buffer.compare(Buffer.from((await store.take(secret, receipt, undefined)) ?? 'x'), body)).toBe(
        0,
      );
    }
  });

  test('of many takers, and burners between them, one gets it', async () => {
    const { store, other } = under();
    for (let round = 0; round < 20; round += 1) {
      const { secret, receipt } = await make();
      const results = await Promise.all(
        Array.from({ length: 12 }, async (_, i) => {
          const through = i % 2 === 0 ? store : other;
          if (i % 4 === 3) return through.burn(receipt, secret);
          return (
            (await through.take(secret, receipt, i % 3 === 0 ? claimOf(`c${i}`) : undefined)) !== undefined
          );
        }),
      );
      expect(results.filter(Boolean)).toHaveLength(1);
    }
  });

  test('burned is gone, and burned once', async () => {
    const { store } = under();
    const { secret, receipt } = await make();
    expect(await store.burn(receipt, secret)).toBe(true);
    expect(await store.burn(receipt, secret)).toBe(false);
    expect(await store.take(secret, receipt, undefined)).toBeUndefined();
    expect((await store.receipt(receipt))?.state).toBe('burned');
  });

  test('an expired secret is gone, its receipt later', async () => {
    const { store, pass } = under();
    const { secret, receipt } = await make({ lifetimeMs: SHORT_MS });
    const other = await make({ lifetimeMs: SHORT_MS });
    await pass(SHORT_MS + 50);
    expect(await store.secret(secret)).toBeUndefined();
    expect(await store.take(secret, receipt, undefined)).toBeUndefined();
    expect(await store.burn(other.receipt, other.secret)).toBe(false);
    expect(await store.display(receipt, secret, 60_000)).toBeUndefined();
    expect(await store.receipt(receipt)).toMatchObject({ state: 'new' });
    await pass(SHORT_MS);
    expect(await store.receipt(receipt)).toBeUndefined();
    expect(await store.setMemo(receipt, Buffer.from('x'))).toBe(false);
  });

  test('what was never there is not there', async () => {
    const { store } = under();
    const [secret, receipt] = [refTo('nothing'), refTo('none')];
    expect(await store.secret(secret)).toBeUndefined();
    expect(await store.receipt(receipt)).toBeUndefined();
    expect(await store.take(secret, receipt, claimOf('c'))).toBeUndefined();
    expect(await store.burn(receipt, secret)).toBe(false);
    await store.acknowledge(secret, 'c');
    await store.noteAccess(receipt);
    expect(await store.receipt(receipt)).toBeUndefined();
  });
}

function describeClaims(under: () => StoreUnderTest, make: Make): void {
  test('a claim gets the same again, five times, and nobody else does', async () => {
    const { store, other } = under();
    const { secret, receipt, name } = await make();
    const claim = claimOf('mine');
    expect(text(await store.take(secret, receipt, claim))).toBe(`text of ${name}`);
    expect((await store.receipt(receipt))?.state).toBe('revealed');
    expect((await other.secret(secret))?.claimHash).toBe('mine');
    for (const wrong of [undefined, claimOf('other'), claimOf('')]) {
      expect(await other.take(secret, receipt, wrong)).toBeUndefined();
    }
    for (let replay = 0; replay < 5; replay += 1) {
      expect(text(await other.take(secret, receipt, claim))).toBe(`text of ${name}`);
    }
    expect(await store.take(secret, receipt, claim)).toBeUndefined();
    expect(await store.secret(secret)).toBeUndefined();
  });

  test('replays made at once are counted', async () => {
    const { store, other } = under();
    const { secret, receipt } = await make();
    const claim = claimOf('mine');
    const results = await Promise.all(
      Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? store : other).take(secret, receipt, claim)),
    );
    expect(results.filter((one) => one !== undefined)).toHaveLength(6);
  });

  test('acknowledged by its claim only', async () => {
    const { store } = under();
    const { secret, receipt } = await make();
    await store.acknowledge(secret, 'mine');
    expect(await store.take(secret, receipt, claimOf('mine'))).toBeDefined();
    await store.acknowledge(secret, 'other');
    expect(await store.take(secret, receipt, claimOf('mine'))).toBeDefined();
    await store.acknowledge(secret, 'mine');
    expect(await store.take(secret, receipt, claimOf('mine'))).toBeUndefined();
    expect((await store.receipt(receipt))?.state).toBe('revealed');
  });

  test('a burn erases what is kept for a claim, and burned nothing', async () => {
    const { store } = under();
    const { secret, receipt } = await make();
    await store.take(secret, receipt, claimOf('mine'));
    expect(await store.burn(receipt, secret)).toBe(false);
    expect(await store.take(secret, receipt, claimOf('mine'))).toBeUndefined();
    expect((await store.receipt(receipt))?.state).toBe('revealed');
  });

  test('the time of a claim runs from the first, and replays do not extend it', async () => {
    const { store, pass } = under();
    const { secret, receipt } = await make();
    const claim = claimOf('mine', SHORT_MS);
    await store.take(secret, receipt, claim);
    await pass(SHORT_MS / 2);
    expect(await store.take(secret, receipt, claim)).toBeDefined();
    await pass(SHORT_MS / 2 + 50);
    expect(await store.take(secret, receipt, claim)).toBeUndefined();
    expect((await store.receipt(receipt))?.state).toBe('revealed');
  });

  test('a claim does not outlive the secret', async () => {
    const { store, pass } = under();
    const { secret, receipt } = await make({ lifetimeMs: SHORT_MS });
    await store.take(secret, receipt, claimOf('mine'));
    await pass(SHORT_MS + 50);
    expect(await store.take(secret, receipt, claimOf('mine'))).toBeUndefined();
  });
}

function describeRest(under: () => StoreUnderTest, make: Make): void {
  test('looks and memos are noted', async () => {
    const { store, nowMs } = under();
    const { receipt } = await make();
    await store.noteAccess(receipt);
    await store.noteAccess(receipt);
    expect(await store.setMemo(receipt, Buffer.from('note'))).toBe(true);
    const found = await store.receipt(receipt);
    expect(found?.accessCount).toBe(2);
    expect(text(found?.memo)).toBe('note');
    expect(Math.abs((found?.lastAccessAtMs ?? 0) - nowMs())).toBeLessThan(5000);
  });

  test('a body is displayed once, early, and while unread', async () => {
    const { store, other, pass } = under();
    const one = await make();
    const shown = await Promise.all(
      [store, other, store].map((s) => s.display(one.receipt, one.secret, 60_000)),
    );
    expect(shown.map(text).filter((value) => value !== undefined)).toEqual([`text of ${one.name}`]);
    expect(await store.take(one.secret, one.receipt, undefined)).toBeDefined();
    const [late, read] = [await make(), await make()];
    await store.take(read.secret, read.receipt, claimOf('mine'));
    expect(await store.display(read.receipt, read.secret, 60_000)).toBeUndefined();
    await pass(20);
    expect(await store.display(late.receipt, late.secret, 10)).toBeUndefined();
  });

  test('tries are counted together, locked, and forgotten', async () => {
    const { store, other, pass } = under();
    const name = randomBytes(12).toString('hex');
    const limit = (key: string, max: number): Limit => ({
      ref: refTo(key + name),
      max,
      windowMs: 60_000,
      lockMs: SHORT_MS,
    });
    const limits = [limit('near', 3), limit('all', 100)];
    const charged = await Promise.all(
      Array.from({ length: 9 }, (_, i) => (i % 2 === 0 ? store : other).charge(limits, 1)),
    );
    expect(charged.filter((one) => one === undefined)).toHaveLength(3);
    const locked = await other.charge(limits, 0);
    expect(locked?.maxAttempts).toBe(3);
    expect(locked?.retryAfterMs).toBeGreaterThan(0);
    expect(locked?.retryAfterMs).toBeLessThanOrEqual(SHORT_MS);
    expect(await store.charge([limit('all', 100)], 1)).toBeUndefined();
    await pass(SHORT_MS + 50);
    expect(await store.charge(limits, 0)).toBeUndefined();
    await store.charge(limits, 1);
    await store.charge(limits, 1);
    await store.forgive(limits);
    for (let i = 0; i < 3; i += 1) expect(await store.charge(limits, 1)).toBeUndefined();
    expect(await store.charge(limits, 1)).toBeDefined();
  });

  test('an account has a list, newest first, of so many, and a hash', async () => {
    const { store, nowMs } = under();
    const account = refTo(randomBytes(12).toString('hex'));
    expect(await store.list(account, 0)).toEqual([]);
    const from = nowMs();
    for (let i = 0; i < 40; i += 1) {
      const entry = { box: Buffer.from(`e${i}`), createdAtMs: from + i, expiresAtMs: from + 120_000 };
      await store.addToList(account, entry, 20);
    }
    const names = (await store.list(account, 0)).map(text);
    expect(names.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, i) => `e${39 - i}`));
    expect(names.length).toBeLessThanOrEqual(22);
    expect((await store.list(account, from + 38)).map(text)).toEqual(['e39', 'e38']);
    expect(await store.accountHash(account)).toBeUndefined();
    await store.setAccountHash(account, 'one');
    await store.setAccountHash(account, 'two');
    expect(await store.accountHash(account)).toBe('two');
    await store.ping();
  });
}
