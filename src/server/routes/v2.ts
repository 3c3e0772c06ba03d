/**
 * API v2: nested parameters, for accounts and guests; under `guest/` credentials do not count.
 * Source: Onetime Secret API v2, v0.26.6.
 */

import type { Context } from 'hono';
import type { Account } from '../accounts.ts';
import { jsonAnswer } from '../answers.ts';
import { announcements, type RouteContext, type Router } from '../context.ts';
import { type AccountHandler, createActs, type Handler } from './current-acts.ts';
import { JSON_TYPE, noRoute, rateLimited, unauthenticated } from './current-errors.ts';
import { createOwnerActs } from './current-owner.ts';

/** What real servers of this contract say they are. */
const VERSION = ['0', '26', '6'];

/** Handlers for anybody, whatever credentials came along. */
export function guest(context: RouteContext, handle: AccountHandler): Handler {
  return async (c) => {
    const wait = await context.rates.request(context.addressOf(c));
    return wait === undefined ? handle(c, undefined) : rateLimited(wait);
  };
}

/** Handlers for anybody, or for an account; wrong credentials are refused. */
function open(context: RouteContext, handle: AccountHandler): Handler {
  return async (c) => {
    const address = context.addressOf(c);
    const wait = await context.rates.request(address);
    if (wait !== undefined) return rateLimited(wait);
    const who = await context.accounts.identify(c.req.header('authorization'), address);
    switch (who) {
      case 'none':
        return handle(c, undefined);
      case 'wrong':
        return unauthenticated('[CREDENTIALS_INVALID] Invalid credentials', context.now());
      case 'scheme':
        return unauthenticated('[AUTH_TYPE_INVALID] Invalid authorization type', context.now());
      default:
        return handle(c, who);
    }
  };
}

/** Handlers for an account only. */
export function owned(
  context: RouteContext,
  handle: (c: Context, account: Account) => Promise<Response>,
): Handler {
  return open(context, (c, account) =>
    account === undefined
      ? Promise.resolve(unauthenticated('[AUTH_HEADER_MISSING] No authorization header', context.now()))
      : handle(c, account),
  );
}

/** The answer of `version`, for those who have an account. */
export function versionShower(context: RouteContext, more: Record<string, unknown>): Handler {
  return owned(context, () =>
    Promise.resolve(jsonAnswer(JSON_TYPE, 200, { ...more, version: VERSION, locale: 'en' })),
  );
}

/** Adds the routes of v2 under `/api/v2`. */
export function addV2Routes(router: Router, context: RouteContext): void {
  const base = '/api/v2';
  const acts = createActs(context, 'v2');
  const owner = createOwnerActs(context);
  const free = (handle: AccountHandler): Handler => open(context, handle);
  const asGuest = (handle: AccountHandler): Handler => guest(context, handle);

  const meta = (value: Record<string, unknown>, headers = {}): Handler => {
    return asGuest(() => Promise.resolve(jsonAnswer(JSON_TYPE, 200, { success: true, ...value }, headers)));
  };
  router.get(`${base}/status`, meta({ status: 'nominal', locale: 'en' }, announcements(context.secrets)));
  router.get(`${base}/supported-locales`, meta({ locales: ['en'], default_locale: 'en', locale: 'en' }));
  router.get(`${base}/version`, versionShower(context, { success: true }));

  router.post(`${base}/secret/conceal`, free(acts.conceal));
  router.post(`${base}/secret/generate`, free(acts.generate));
  router.post(`${base}/secret/status`, free(acts.statuses));
  router.get(`${base}/secret/:id/status`, free(acts.status));
  router.post(`${base}/secret/:id/reveal`, free(acts.reveal));
  router.post(`${base}/secret/:id/acknowledge`, free(acts.acknowledge));
  router.get(`${base}/secret/:id`, free(acts.peek));
  for (const name of ['receipt', 'private']) {
    router.get(`${base}/${name}/recent`, owned(context, owner.recent));
    router.get(`${base}/${name}/:id`, free(acts.receipt));
    router.post(`${base}/${name}/:id/burn`, free(acts.burn));
    router.patch(`${base}/${name}/:id`, free(owner.memo));
  }

  router.post(`${base}/guest/secret/conceal`, asGuest(acts.conceal));
  router.post(`${base}/guest/secret/generate`, asGuest(acts.generate));
  router.post(`${base}/guest/secret/:id/reveal`, asGuest(acts.reveal));
  router.post(`${base}/guest/secret/:id/acknowledge`, asGuest(acts.acknowledge));
  router.get(`${base}/guest/secret/:id`, asGuest(acts.peek));
  router.get(`${base}/guest/receipt/:id`, asGuest(acts.receipt));
  router.post(`${base}/guest/receipt/:id/burn`, asGuest(acts.burn));
  router.all(`${base}/*`, noRoute);
}
