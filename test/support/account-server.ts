/** A server with one account, for logging in. */
import { settleToken } from '../../src/server/accounts.ts';
import { startServer } from '../../src/server/listen.ts';
import { createPassphraseHasher } from '../../src/server/passphrase.ts';
import { MemoryStore } from '../../src/server/stores/memory.ts';

export const ACCOUNT = { username: 'tester@example.com', token: 'the-token-of-tester' };

/** Runs `act` with the address of such a server. */
export async function withAccountServer<T>(act: (url: string) => Promise<T>): Promise<T> {
  const store = new MemoryStore(Date.now);
  const common = { now: Date.now, passphraseCost: 2, store, account: ACCOUNT.username };
  await settleToken({ store, hasher: createPassphraseHasher(2) }, ACCOUNT.username, ACCOUNT.token);
  const server = await startServer({ ...common, port: 0 });
  try {
    return await act(server.url);
  } finally {
    await server.close();
    await store.close();
  }
}
