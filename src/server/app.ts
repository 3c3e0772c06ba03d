/**
 * The Onetime Secret-compatible server as a function from request to answer, without a socket.
 *
 * It stores what it is given and cannot read what the program encrypted: nothing of the envelope is imported here. A
 * GET never consumes a secret, whatever its query says, and no answer sets a cookie.
 */

import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { DEFAULT_MAX_TEXT_BYTES } from '../core/limits.ts';
import { emptyAnswer, jsonAnswer } from './answers.ts';
import { maxBodyBytes } from './body.ts';
import type { RouteContext } from './context.ts';
import { type Lockout, MemoryLockout } from './lockout.ts';
import { createPassphraseHasher } from './passphrase.ts';
import { addPages, type Pages } from './routes/pages.ts';
import { addV1Routes } from './routes/v1.ts';
import { addV2Routes } from './routes/v2.ts';
import { addV3Routes } from './routes/v3.ts';
import { createSecrets } from './secrets.ts';
import type { Store } from './stores/types.ts';

export interface AppOptions {
  store: Store;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Longest text of a secret in bytes of UTF-8; 10,000 unless said. */
  maxTextBytes?: number | undefined;
  /** scrypt's N for passphrases at rest; tests lower it. */
  passphraseCost?: number | undefined;
  lockout?: Lockout | undefined;
  /** For URLs in answers, without trailing slash; else where the request went. */
  publicUrl?: string | undefined;
  /** For browsers; without them a still page tells how to use the program. */
  pages?: Pages | undefined;
  /** Caller's address, from what the runtime passes along with a request. */
  addressOf?: ((env: unknown) => string | undefined) | undefined;
  /** One line for each unexpected failure, with nothing of a secret, an identifier or a passphrase. */
  log?: ((line: string) => void) | undefined;
}

/**
 * Makes the server. `app.fetch` and `app.request` answer requests; `listen.ts` puts it on a socket.
 */
export function createApp(options: AppOptions): Hono {
  const { now, publicUrl } = options;
  const maxTextBytes = options.maxTextBytes ?? DEFAULT_MAX_TEXT_BYTES;
  const context: RouteContext = {
    secrets: createSecrets({
      store: options.store,
      lockout: options.lockout ?? new MemoryLockout(now),
      passphrases: createPassphraseHasher(options.passphraseCost),
      maxTextBytes,
    }),
    now,
    bodyLimitBytes: maxBodyBytes(maxTextBytes),
    baseUrlOf: (c) => publicUrl ?? new URL(c.req.url).origin,
    addressOf: (c) => options.addressOf?.(c.env) ?? 'unknown',
  };
  const app = new Hono({ strict: false });
  addPages(app, options.pages);
  addV1Routes(app, context);
  addV2Routes(app, context);
  addV3Routes(app, context);
  app.notFound(() => emptyAnswer(404));
  app.onError((error, c) => failed(error, c, options.log));
  return app;
}

/** Source: Onetime Secret API, "unhandled error". The error's own text may quote input, so only its name is logged. */
function failed(error: Error, c: Context, log: AppOptions['log']): Response {
  const code = (error as { code?: unknown }).code;
  log?.(`internal error: ${error.name}${typeof code === 'string' ? ` ${code}` : ''}, ${c.req.method}`);
  return jsonAnswer('application/json', 500, {
    error: 'Internal Server Error',
    message: 'An error occurred. Please try again later.',
  });
}
