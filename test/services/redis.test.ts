import { openRedisStore } from '../../src/server/stores/redis.ts';
import { startCluster, startRedis } from '../support/redis.ts';
import { describeStore, type StoreUnderTest } from '../support/store-contract.ts';

async function under(redis: { url: string; stop(): Promise<void> }): Promise<StoreUnderTest> {
  const store = await openRedisStore(redis.url, Date.now);
  const other = await openRedisStore(redis.url, Date.now);
  return {
    store,
    other,
    nowMs: Date.now,
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    async close() {
      await store.close();
      await other.close();
      await redis.stop();
    },
  };
}

describeStore('redis', async () => under(await startRedis()));
describeStore('a cluster of three', async () => under(await startCluster()));
