/**
 * Secrets in Redis, on one machine or a cluster: any number of server processes may share them, and each act is one
 * script or command there.
 */

import { connectRedis, type RedisLink } from './redis-link.ts';
import * as scripts from './redis-scripts.ts';
import type { Limit, Ref, Store, StoredReceipt, StoredSecret } from './types.ts';

const NOTHING = new Uint8Array(0);
const PREFIX = 'ots:';

const secretKey = ({ tag, key }: Ref): string => `${PREFIX}{${tag}}:s:${key}`;
const receiptKey = ({ tag, key }: Ref): string => `${PREFIX}{${tag}}:r:${key}`;
const counterKey = ({ tag, key }: Ref): string => `${PREFIX}{${tag}}:n:${key}`;
const listKey = ({ tag, key }: Ref): string => `${PREFIX}{${tag}}:l:${key}`;
const accountKey = ({ tag, key }: Ref): string => `${PREFIX}{${tag}}:a:${key}`;

/**
 * Connects to the store.
 * @param now milliseconds since 1970; written into records, while Redis's own clock decides what expires.
 * @throws OtsError `network` when Redis cannot be reached, `unauthorized` when it refuses the password
 */
export async function openRedisStore(url: string, now: () => number, ca?: string[]): Promise<Store> {
  const redis = await connectRedis(url, ca);
  return { ...records(redis, now), ...accounts(redis, now), close: () => redis.close() };
}

type Accounts = Pick<
  Store,
  'charge' | 'forgive' | 'addToList' | 'list' | 'accountHash' | 'setAccountHash' | 'ping'
>;

function records(redis: RedisLink, now: () => number): Omit<Store, keyof Accounts | 'close'> {
  return {
    async create({ secret, receipt, body, gate, box, createdAtMs, lifetimeMs }) {
      const keys = [secretKey(secret), receiptKey(receipt)];
      await redis.run(scripts.CREATE, keys, [body, gate, receipt.key, box, createdAtMs, lifetimeMs]);
    },
    secret: (secret) => secretOf(redis, secret),
    async take(secret, receipt, claim) {
      const keys = [secretKey(secret), receiptKey(receipt)];
      const args = [now(), claim?.hash ?? '', claim?.windowMs ?? 0, claim?.maxReplays ?? 0];
      return bytesOf(await redis.run(scripts.TAKE, keys, args));
    },
    async acknowledge(secret, claimHash) {
      await redis.run(scripts.ACKNOWLEDGE, [secretKey(secret)], [claimHash]);
    },
    async burn(receipt, secret) {
      return (await redis.run(scripts.BURN, [secretKey(secret), receiptKey(receipt)], [now()])) === 1;
    },
    receipt: (receipt) => receiptOf(redis, receipt),
    async noteAccess(receipt) {
      await redis.run(scripts.NOTE_ACCESS, [receiptKey(receipt)], [now()]);
    },
    async setMemo(receipt, memo) {
      return (await redis.run(scripts.SET_MEMO, [receiptKey(receipt)], [memo, now()])) === 1;
    },
    async display(receipt, secret, withinMs) {
      const keys = [secretKey(secret), receiptKey(receipt)];
      return bytesOf(await redis.run(scripts.DISPLAY, keys, [now() - withinMs]));
    },
  };
}

function accounts(redis: RedisLink, now: () => number): Accounts {
  return {
    async charge(limits, tries) {
      const each = limits.flatMap(({ max, windowMs, lockMs }) => [max, windowMs, lockMs]);
      const reply = await redis.run(scripts.CHARGE, keysOf(limits), [tries, ...each]);
      if (!Array.isArray(reply)) return undefined;
      return { retryAfterMs: Number(reply[0]), maxAttempts: Number(reply[1]) };
    },
    async forgive(limits) {
      const keys = keysOf(limits);
      if (keys[0] !== undefined) await redis.send(keys[0], ['DEL', ...keys]);
    },
    async addToList(account, { box, createdAtMs, expiresAtMs }, max) {
      const args = [box, createdAtMs, max, expiresAtMs - now()];
      await redis.run(scripts.ADD_TO_LIST, [listKey(account)], args);
    },
    async list(account, sinceMs) {
      const key = listKey(account);
      const reply = await redis.send(key, ['ZREVRANGEBYSCORE', key, '+inf', String(sinceMs)]);
      return Array.isArray(reply) ? reply.map((one) => bytesOf(one) ?? NOTHING) : [];
    },
    async accountHash(account) {
      const key = accountKey(account);
      return textOf(await redis.send(key, ['GET', key]));
    },
    async setAccountHash(account, hash) {
      const key = accountKey(account);
      await redis.send(key, ['SET', key, hash]);
    },
    async ping() {
      // A write, since a Redis that cannot keep anything any more still answers PING.
      const key = `${PREFIX}{ping}`;
      await redis.send(key, ['SET', key, '1', 'PX', '60000']);
    },
  };
}

function keysOf(limits: readonly Limit[]): string[] {
  return limits.map(({ ref }) => counterKey(ref));
}

async function secretOf(redis: RedisLink, secret: Ref): Promise<StoredSecret | undefined> {
  const key = secretKey(secret);
  const [receipt, gate, created, lifetime, claim] = list(
    await redis.send(key, ['HMGET', key, 'r', 'g', 'c', 'l', 'x']),
  );
  const receiptName = textOf(receipt);
  if (receiptName === undefined) return undefined;
  return {
    receipt: { tag: secret.tag, key: receiptName },
    gate: bytesOf(gate) ?? NOTHING,
    createdAtMs: Number(textOf(created)),
    lifetimeMs: Number(textOf(lifetime)),
    claimHash: textOf(claim),
  };
}

async function receiptOf(redis: RedisLink, receipt: Ref): Promise<StoredReceipt | undefined> {
  const key = receiptKey(receipt);
  const fields = ['b', 'm', 's', 'c', 'l', 'u', 'e', 'k', 'f', 't'];
  const row = list(await redis.send(key, ['HMGET', key, ...fields]));
  const box = bytesOf(row[0]);
  if (box === undefined) return undefined;
  const number = (index: number): number | undefined => {
    const text = textOf(row[index]);
    return text === undefined ? undefined : Number(text);
  };
  return {
    box,
    memo: bytesOf(row[1]) ?? NOTHING,
    state: stateOf(textOf(row[2])),
    createdAtMs: number(3) ?? 0,
    lifetimeMs: number(4) ?? 0,
    updatedAtMs: number(5) ?? 0,
    endedAtMs: number(6),
    accessCount: number(7) ?? 0,
    firstAccessAtMs: number(8),
    lastAccessAtMs: number(9),
  };
}

function stateOf(text: string | undefined): StoredReceipt['state'] {
  return text === 'revealed' || text === 'burned' ? text : 'new';
}

function list(reply: unknown): unknown[] {
  return Array.isArray(reply) ? reply : [];
}

function bytesOf(reply: unknown): Uint8Array | undefined {
  return reply instanceof Uint8Array ? reply : undefined;
}

function textOf(reply: unknown): string | undefined {
  return reply instanceof Uint8Array ? Buffer.from(reply).toString('utf8') : undefined;
}
