/**
 * `ots share --here`: serves one secret from this machine, on the local network, until it was revealed, burned or has
 * expired, and says which.
 */
import { networkInterfaces } from 'node:os';
import { OtsError } from '../core/index.ts';
import { startServer } from '../server/listen.ts';
import { MemoryStore } from '../server/stores/memory.ts';
import type { Context } from './context.ts';
import type { SecretInput } from './input.ts';
import { builtPages } from './page.ts';
import { type Plan, type PublishOptions, publish } from './publish.ts';
import { isPrivateAddress } from './settings.ts';
import { type HandOptions, hand } from './share.ts';

/** No stranger's server sets the limit here; what fits in a browser and a phone's memory does. */
const MAX_TEXT_BYTES = 16_000_000;

type Ending = 'revealed' | 'burned' | 'expired' | 'stopped';

const WORDS: Record<Ending, string> = {
  revealed: 'revealed: somebody has it now',
  burned: 'burned, unread',
  expired: 'expired, unread',
  stopped: 'stopped: the secret is gone from here, unread',
};

/** @throws OtsError `refused` when it was never read, so that a script can tell */
export async function shareHere(
  ctx: Context,
  plan: Plan,
  input: SecretInput,
  options: PublishOptions & HandOptions,
): Promise<void> {
  const host = lanAddress();
  if (host === undefined)
    ctx.io.warn('this machine has no address in a local network: the link works on this machine only');
  const store = new MemoryStore(ctx.now);
  const settled = settling(store);
  const maxTextBytes = plan.settings.maxTextBytes ?? MAX_TEXT_BYTES;
  const server = await startServer({
    host: host ?? '127.0.0.1',
    port: 0,
    now: ctx.now,
    store,
    maxTextBytes,
    pages: builtPages(ctx.assets),
  });
  const stopped = ctx.untilStopped().then((): Ending => 'stopped');
  try {
    const own = {
      baseUrl: server.url,
      credentials: async () => undefined,
      api: 'v3' as const,
      allowHttp: true,
      maxTextBytes,
      domain: undefined,
    };
    const settings = { ...plan.settings, ...own };
    const published = await publish(ctx, { ...plan, settings }, input, options);
    input.body.fill(0);
    await hand(ctx, published, { ...options, receipt: false, qr: options.qr || !ctx.io.quiet });
    const ending = await Promise.race([settled, expiry(published.json.ttl), stopped]);
    if (ending === 'revealed') {
      ctx.io.note(WORDS.revealed);
      return;
    }
    throw new OtsError(ending === 'stopped' ? 'interrupted' : 'refused', WORDS[ending]);
  } finally {
    await server.close();
    await store.close();
  }
}

/** Watches the store: resolves once nobody can need the secret from it any more. */
function settling(store: MemoryStore): Promise<Ending> {
  return new Promise((resolve) => {
    const { take, burn, acknowledge } = store;
    store.take = async (secret, receipt, claim) => {
      const body = await take.call(store, secret, receipt, claim);
      // With a claim the reader may ask again until it says that the secret arrived, or the minute is over.
      if (body !== undefined && claim === undefined) resolve('revealed');
      else if (body !== undefined) setTimeout(() => resolve('revealed'), claim?.windowMs).unref();
      return body;
    };
    store.acknowledge = async (secret, claimHash) => {
      await acknowledge.call(store, secret, claimHash);
      resolve('revealed');
    };
    store.burn = async (receipt, secret) => {
      const burned = await burn.call(store, receipt, secret);
      if (burned) resolve('burned');
      return burned;
    };
  });
}

function expiry(ttlSeconds: number | null): Promise<Ending> {
  return new Promise((resolve) => {
    // Timers hold 31 bits of milliseconds; whoever waits longer than 24 days has closed the lid long ago.
    setTimeout(() => resolve('expired'), Math.min((ttlSeconds ?? 0) * 1000, 2 ** 31 - 1));
  });
}

/** An IPv4 address of a local network. A public one is none: the secret would be served to the whole Internet. */
function lanAddress(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(
    ({ internal, family, address }) => !internal && family === 'IPv4' && isPrivateAddress(address),
  )?.address;
}
