/** `ots serve`: an Onetime Secret-compatible server until it is told to stop. */
import { setFlagsFromString } from 'node:v8';
import { isLoopbackHost } from '../core/hosts.ts';
import { OtsError } from '../core/index.ts';
import { trustedCertificates } from '../remote/certificates.ts';
import { settleToken } from '../server/accounts.ts';
import { startServer } from '../server/listen.ts';
import { createPassphraseHasher } from '../server/passphrase.ts';
import { openStore, storeLabel } from '../server/stores/open.ts';
import type { Store } from '../server/stores/types.ts';
import type { Context } from './context.ts';
import { builtPages } from './page.ts';
import { type ServeOptions, type ServeSettings, serveSettings } from './serve-settings.ts';
import { readCertificates } from './settings.ts';

export async function serve(ctx: Context, options: ServeOptions): Promise<void> {
  // By the environment too: an address of Redis may hold a password, and arguments are for everybody to see.
  const name = options.store ?? (ctx.env['OTS_SERVE_STORE'] || 'memory');
  const settings = serveSettings({ ...options, store: name });
  // Collects garbage when it is more than half of the heap, not two thirds: a stored secret should cost what it weighs.
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);
  const store = await openStore(settings.store, ctx.now, {
    maxBytes: settings.maxStoreBytes,
    ca:
      options.caFile === undefined ? undefined : await trustedCertificates(readCertificates(options.caFile)),
  });
  try {
    await serveFrom(ctx, settings, store);
  } finally {
    await store.close();
  }
}

async function serveFrom(ctx: Context, settings: ServeSettings, store: Store): Promise<void> {
  const { account, publicUrl } = settings;
  if (account !== undefined) await settleAccount(ctx, store, account);
  const server = await startServer({
    ...settings,
    now: ctx.now,
    store,
    pages: builtPages(ctx.assets),
    log: {
      kind: settings.log === 'json' ? 'json' : 'text',
      requests: settings.log !== 'none',
      write: (line) => void ctx.io.err(`${line}\n`),
    },
  });
  const stopped = ctx.untilStopped();
  if (!isLoopbackHost(new URL(server.url).hostname)) {
    ctx.io.warn('plain http beyond this machine: put a proxy with TLS in front');
  }
  const label = storeLabel(settings.store);
  if (ctx.io.json)
    await ctx.io.outJson({ url: server.url, public_url: publicUrl ?? server.url, store: label });
  else await ctx.io.out(`listening on ${server.url} (store: ${label})\n`);
  await stopped;
  await server.close();
}

async function settleAccount(ctx: Context, store: Store, account: string): Promise<void> {
  const given = ctx.env['OTS_SERVE_TOKEN'] || undefined;
  if (given !== undefined && given.length < SHORTEST_TOKEN) {
    throw new OtsError('usage', `OTS_SERVE_TOKEN is shorter than ${SHORTEST_TOKEN} characters`, {
      hint: 'leave it out, and a token is made and printed once',
    });
  }
  const made = await settleToken({ store, hasher: createPassphraseHasher() }, account, given);
  // The only time that it is shown: also when quiet.
  if (made !== undefined) await ctx.io.errResult(`token of ${account}, shown this once: ${made}\n`);
}

const SHORTEST_TOKEN = 12;
const HEAP_GROWING_PERCENT = 130;
