import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { killRounds } from '../support/kill-rounds.ts';
import { startRedis } from '../support/redis.ts';
import { revealText, serveProcess, shareText } from '../support/serve.ts';

const ROUNDS = 20;
const unharmed = { lost: 0, doubled: 0, wrong: 0 };

test('a server on sqlite killed while it works loses nothing, and gives nothing twice', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ots-kill-'));
  const tally = await killRounds({ store: `sqlite:${join(folder, 'kill.db')}`, rounds: ROUNDS });
  console.log('sqlite', tally);
  expect(tally).toMatchObject(unharmed);
  expect(tally.shared).toBeGreaterThan(ROUNDS);
  rmSync(folder, { recursive: true, force: true });
});

test('so does a server on Redis', async () => {
  const redis = await startRedis();
  const tally = await killRounds({ store: redis.url, rounds: ROUNDS });
  console.log('redis', tally);
  expect(tally).toMatchObject(unharmed);
  expect(tally.shared).toBeGreaterThan(ROUNDS);
  await redis.stop();
});

test('Redis itself killed, with appendfsync always: nothing acknowledged is lost', async () => {
  const redis = await startRedis();
  const killOther = async (): Promise<void> => {
    await redis.kill();
    await redis.restart();
  };
  const tally = await killRounds({ store: redis.url, rounds: 10, killOther });
  console.log('redis killed', tally);
  expect(tally).toMatchObject(unharmed);
  expect(tally.shared).toBeGreaterThan(10);
  await redis.stop();
});

test('two servers on one Redis, a thousand secrets, eight readers each: a thousand winners', async () => {
  const redis = await startRedis();
  const servers = await Promise.all([
    serveProcess(['--store', redis.url]),
    serveProcess(['--store', redis.url]),
  ]);
  const urlOf = (index: number): string => servers[index % 2]!.url;
  let winners = 0;
  let losers = 0;
  for (let from = 0; from < 1000; from += 25) {
    const batch = Array.from({ length: 25 }, async (_, offset) => {
      const text = `secret ${from + offset}`;
      const id = await shareText(urlOf(offset), text);
      const answers = await Promise.all(Array.from({ length: 8 }, (__, i) => revealText(urlOf(i), id ?? '')));
      winners += answers.filter((one) => typeof one !== 'string' && one.text === text).length;
      losers += answers.filter((one) => one === 'gone').length;
    });
    await Promise.all(batch);
  }
  expect([winners, losers]).toEqual([1000, 7000]);
  for (const server of servers) expect(await server.stop()).toBe(0);
  await redis.stop();
});
