/**
 * The Onetime Secret-compatible server as a function from request to answer, without a socket.
 *
 * It stores what it is given and cannot read what the program encrypted: nothing of the envelope is imported here. A
 * GET never consumes a secret, whatever its query says, and no answer sets a cookie.
 */

import type { Context } from 'hono';
import { RegExpRouter } from 'hono/router/reg-exp-router';
import { Hono } from 'hono/tiny';
import { DEFAULT_MAX_TEXT_BYTES } from '../core/limits.ts';
import { createAccounts, NO_ACCOUNTS } from './accounts.ts';
import { emptyAnswer, jsonAnswer } from './answers.ts';
import { maxBodyBytes } from './body.ts';
import type { RouteContext } from './context.ts';
import { newRequestId } from './identifiers.ts';
import { DEFAULT_LIFETIMES, type Lifetimes } from './lifetime.ts';
import { createLockout } from './lockout.ts';
import { createPassphraseHasher } from './passphrase.ts';
import { createRates } from './rates.ts';
import { addPages, type Pages } from './routes/pages.ts';
import { addV1Routes } from './routes/v1.ts';
import { addV2Routes } from './routes/v2.ts';
import { addV3Routes } from './routes/v3.ts';
import { createSecrets } from './secrets.ts';
import type { Store } from './stores/types.ts';
import { Unavailable, type UnavailableReason } from './unavailable.ts';
import { createVault } from './vault.ts';

export interface AppOptions {
  store: Store;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Longest text of a secret in bytes of UTF-8; 10,000 unless said. */
  maxTextBytes?: number | undefined;
  /** Longest lifetimes, in seconds. */
  lifetimes?: Partial<Lifetimes> | undefined;
  /** Shortest passphrase, in characters; 4 unless said. */
  minPassphraseCharacters?: number | undefined;
  passphraseRequired?: boolean | undefined;
  /** The one account; without it everybody is anonymous. Its token was settled before. */
  account?: string | undefined;
  /** Requests a minute for one network, this machine excepted; 0 for any number, which it is unless said. */
  ratePerMinute?: number | undefined;
  /** scrypt's N for passphrases at rest; tests lower it. */
  passphraseCost?: number | undefined;
  /** For URLs in answers, without trailing slash; else where the request went. */
  publicUrl?: string | undefined;
  /** For browsers; without them a still page tells how to use the program. */
  pages?: Pages | undefined;
  /** Caller's address, from what the runtime passes along with a request. */
  addressOf?: ((env: unknown) => string | undefined) | undefined;
  /** One line for each unexpected failure, with nothing of a secret, an identifier or a passphrase. */
  log?: ((line: string) => void) | undefined;
}

const MIN_PASSPHRASE_CHARACTERS = 4;
const PING_MS = 2000;

/**
 * Makes the server. `app.fetch` and `app.request` answer requests; `listen.ts` puts it on a socket.
 */
export function createApp(options: AppOptions): Hono {
  const context = createContext(options);
  const app = new Hono({ strict: false, router: new RegExpRouter() });
  addPages(app, options.pages);
  app.get('/healthz', () => healthOf(options.store));
  addV1Routes(app, context);
  addV2Routes(app, context);
  addV3Routes(app, context);
  app.notFound(() => emptyAnswer(404));
  app.onError((error, c) => failed(error, c, options.log));
  return app;
}

function createContext(options: AppOptions): RouteContext {
  const { now, publicUrl, store } = options;
  const maxTextBytes = options.maxTextBytes ?? DEFAULT_MAX_TEXT_BYTES;
  const hasher = createPassphraseHasher(options.passphraseCost);
  return {
    secrets: createSecrets({
      vault: createVault(store, now),
      lockout: createLockout(store),
      passphrases: hasher,
      now,
      rules: {
        maxTextBytes,
        lifetimes: { ...DEFAULT_LIFETIMES, ...options.lifetimes },
        minPassphraseCharacters: options.minPassphraseCharacters ?? MIN_PASSPHRASE_CHARACTERS,
        passphraseRequired: options.passphraseRequired ?? false,
      },
    }),
    accounts:
      options.account === undefined
        ? NO_ACCOUNTS
        : // A hasher of its own: guesses at the token must not keep passphrases waiting.
          createAccounts(
            { store, hasher: createPassphraseHasher(options.passphraseCost), now },
            options.account,
          ),
    rates: createRates(now, options.ratePerMinute ?? 0),
    now,
    bodyLimitBytes: maxBodyBytes(maxTextBytes),
    baseUrlOf: (c) => publicUrl ?? new URL(c.req.url).origin,
    addressOf: (c) => options.addressOf?.(c.env) ?? 'unknown',
  };
}

async function healthOf(store: Store): Promise<Response> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('late')), PING_MS);
  });
  try {
    await Promise.race([store.ping(), late]);
    return jsonAnswer('application/json', 200, { status: 'ok' });
  } catch {
    return jsonAnswer('application/json', 503, { status: 'store unreachable' });
  } finally {
    clearTimeout(timer);
  }
}

/** Source: Onetime Secret API, "unhandled error". The error's own text may quote input, so only its name is logged. */
function failed(error: Error, c: Context, log: AppOptions['log']): Response {
  if (error instanceof Unavailable) {
    log?.(`unavailable: ${error.reason}, ${c.req.method}`);
    return unavailable(error);
  }
  const code = (error as { code?: unknown }).code;
  log?.(`internal error: ${error.name}${typeof code === 'string' ? ` ${code}` : ''}, ${c.req.method}`);
  return jsonAnswer('application/json', 500, {
    error: 'Internal Server Error',
    message: 'An error occurred. Please try again later.',
  });
}

/** The same in every dialect: v1 has no word for it, and a client may try again. */
function unavailable({ reason, retryAfterSeconds }: Unavailable): Response {
  const message = WORDS[reason];
  const value = {
    error: message,
    message,
    error_type: 'Unavailable',
    code: reason,
    request_id: newRequestId(),
  };
  return jsonAnswer('application/json', 503, value, { 'retry-after': String(retryAfterSeconds) });
}

const WORDS: Record<UnavailableReason, string> = {
  store_full: 'This server has no room for more secrets. Please try again later.',
  busy: 'This server is busy. Please try again later.',
  store_unreachable: 'This server cannot reach its store. Please try again later.',
};
