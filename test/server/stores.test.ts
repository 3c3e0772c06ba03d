import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isOtsError } from '../../src/core/errors.ts';
import { MemoryStore } from '../../src/server/stores/memory.ts';
import { openStore, storeLabel } from '../../src/server/stores/open.ts';
import { openSqliteStore } from '../../src/server/stores/sqlite.ts';
import type { Store } from '../../src/server/stores/types.ts';
import { Unavailable } from '../../src/server/unavailable.ts';
import { createVault } from '../../src/server/vault.ts';
import { describeStore, newRecord, refTo, type StoreUnderTest } from '../support/store-contract.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ots-stores-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function turned(open: (now: () => number) => [Store, Store]): Promise<StoreUnderTest> {
  const clock = { nowMs: 1_800_000_000_000 };
  const [store, other] = open(() => clock.nowMs);
  return Promise.resolve({
    store,
    other,
    nowMs: () => clock.nowMs,
    pass: (ms) => {
      clock.nowMs += ms;
      return Promise.resolve();
    },
    close: async () => {
      await store.close();
      if (other !== store) await other.close();
    },
  });
}

describeStore('memory', () =>
  turned((now) => {
    const store = new MemoryStore(now);
    return [store, store];
  }),
);
describeStore('sqlite', () =>
  turned((now) => {
    const file = join(folder, 'contract.db');
    return [openSqliteStore(file, now), openSqliteStore(file, now)];
  }),
);

/** Everything that the files of a database hold. */
function bytesOf(file: string): Buffer {
  const name = file.slice(folder.length + 1);
  return Buffer.concat(
    readdirSync(folder)
      .filter((one) => one.startsWith(name))
      .map((one) => readFileSync(join(folder, one))),
  );
}

const until = async (condition: () => boolean): Promise<void> => {
  const from = performance.now();
  while (!condition() && performance.now() - from < 1000)
    await new Promise((resolve) => setTimeout(resolve, 25));
};

describe('sqlite files', () => {
  test('survive, belong to their owner only, and name what they cannot be', async () => {
    const file = join(folder, 'kept.db');
    const first = openSqliteStore(file, Date.now);
    await first.create(newRecord('a', { createdAtMs: Date.now() }));
    await first.close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const second = openSqliteStore(file, Date.now);
    expect(Buffer.from((await second.take(refTo('sa'), refTo('ra'), undefined)) ?? '').toString()).toBe(
      'text of a',
    );
    await second.close();
    for (const wrong of [folder, join(folder, 'nowhere', 'x.db'), '/proc/version']) {
      const error: unknown = await openStore(`sqlite:${wrong}`, Date.now, {}).catch((e: unknown) => e);
      expect(isOtsError(error, 'usage'), wrong).toBe(true);
    }
  });

  test.each(['revealed', 'burned', 'acknowledged', 'five replays', 'expired'])(
    'hold no byte of a secret a second after it was %s',
    async (how) => {
      const file = join(folder, `gone-${how.replace(' ', '-')}.db`);
      const clock = { aheadMs: 0 };
      const store = openSqliteStore(file, () => Date.now() + clock.aheadMs);
      const body = Buffer.from(`ciphertext-${'0123456789abcdef'.repeat(600)}`);
      await store.create(newRecord('a', { createdAtMs: Date.now(), body }));
      await store.create(newRecord('b', { createdAtMs: Date.now(), lifetimeMs: 10_000_000 }));
      const [secret, receipt] = [refTo('sa'), refTo('ra')];
      const claim = { hash: 'h', windowMs: 60_000, maxReplays: 5 };
      expect(bytesOf(file).includes('ciphertext-0123')).toBe(true);
      if (how === 'revealed') await store.take(secret, receipt, undefined);
      else if (how === 'burned') await store.burn(receipt, secret);
      else if (how === 'expired') clock.aheadMs = 60_001;
      else await store.take(secret, receipt, claim);
      if (how === 'acknowledged') await store.acknowledge(secret, 'h');
      if (how === 'five replays') for (let i = 0; i < 5; i += 1) await store.take(secret, receipt, claim);
      const waitMs = how === 'expired' ? 1000 : 0;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      await until(() => !bytesOf(file).includes('ciphertext-0123'));
      for (const piece of ['ciphertext-0123', '0123456789abcdef0123456789abcdef']) {
        expect(bytesOf(file).includes(piece)).toBe(false);
      }
      expect(await store.secret(refTo('sb'))).toBeDefined();
      await store.close();
    },
  );

  test('show sizes and times, and nothing of text, identifiers, passphrase or names', async () => {
    const file = join(folder, 'stolen.db');
    const store = openSqliteStore(file, Date.now);
    const vault = createVault(store, Date.now);
    const owner = { user: 'somebody@example.com', id: 'owner-id', token: 'owner-token' };
    const { receipt, secretId } = await vault.create({
      text: 'the text of it',
      passphraseHash: 'scrypt:hash-of-passphrase',
      kind: 'conceal',
      ttlSeconds: 60,
      owner,
    });
    await vault.setMemo(receipt.receiptId, 'a private note');
    const stolen = bytesOf(file);
    const hidden = ['the text of it', 'scrypt:', 'somebody', 'owner-', 'private note'];
    for (const identifier of [secretId, receipt.receiptId]) {
      for (let from = 0; from + 8 <= identifier.length; from += 4)
        hidden.push(identifier.slice(from, from + 8));
    }
    for (const piece of hidden) expect(stolen.includes(piece), piece).toBe(false);
    expect((await vault.recent(owner, 0)).map((one) => one.receiptId)).toEqual([receipt.receiptId]);
    expect(await vault.recent({ ...owner, token: 'another' }, 0)).toEqual([]);
    await store.close();
  });
});

test('a full memory refuses, and has room again when something is gone', async () => {
  const store = new MemoryStore(Date.now, { maxBytes: 100_000 });
  let made = 0;
  const fill = async (): Promise<unknown> => {
    try {
      for (;;) {
        await store.create(newRecord(`${made}`, { createdAtMs: Date.now(), body: Buffer.alloc(1000) }));
        made += 1;
      }
    } catch (error) {
      return error;
    }
  };
  const error = await fill();
  expect(error).toBeInstanceOf(Unavailable);
  expect((error as Unavailable).reason).toBe('store_full');
  expect(made).toBeGreaterThan(40);
  const before = made;
  for (let i = 0; i < 10; i += 1) await store.take(refTo(`s${i}`), refTo(`r${i}`), undefined);
  await fill();
  expect(made).toBeGreaterThan(before);
  await store.close();
});

test('a store has a name that tells no password', async () => {
  expect(storeLabel('memory')).toBe('memory');
  expect(storeLabel('sqlite:/var/lib/ots.db')).toBe('sqlite:/var/lib/ots.db');
  expect(storeLabel('redis://user:pass@host:6379/1?x=y')).toBe('redis://host:6379/1');
  expect(storeLabel('redis-cluster://:pass@a:1,b:2')).toBe('redis-cluster://a:1,b:2');
  const error: unknown = await openStore('postgres://x', Date.now, {}).catch((e: unknown) => e);
  expect(isOtsError(error, 'usage')).toBe(true);
});
