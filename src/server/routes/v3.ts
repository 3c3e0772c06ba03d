/**
 * API v3: as v2, but only its guest paths and the status are for programs; the others want a browser's session, which
 * nobody has here. Source: Onetime Secret API v3, v0.26.6.
 */

import { jsonAnswer } from '../answers.ts';
import { announcements, type RouteContext, type Router } from '../context.ts';
import { type AccountHandler, createActs, type Handler } from './current-acts.ts';
import { JSON_TYPE, noRoute, unauthenticated } from './current-errors.ts';
import { guest, versionShower } from './v2.ts';

/** Adds the routes of v3 under `/api/v3`. */
export function addV3Routes(router: Router, context: RouteContext): void {
  const base = '/api/v3';
  const acts = createActs(context, 'v3');
  const asGuest = (handle: AccountHandler): Handler => guest(context, handle);
  const meta = (value: Record<string, unknown>, headers = {}): Handler => {
    return asGuest(() => Promise.resolve(jsonAnswer(JSON_TYPE, 200, value, headers)));
  };
  router.get(`${base}/status`, meta({ status: 'nominal', locale: 'en' }, announcements(context.secrets)));
  router.get(`${base}/supported-locales`, meta({ locales: ['en'], default_locale: 'en', locale: 'en' }));
  router.get(`${base}/version`, versionShower(context, {}));

  router.post(`${base}/secret/status`, asGuest(acts.statuses));
  router.get(`${base}/secret/:id/status`, asGuest(acts.status));
  router.post(`${base}/guest/secret/conceal`, asGuest(acts.conceal));
  router.post(`${base}/guest/secret/generate`, asGuest(acts.generate));
  router.post(`${base}/guest/secret/:id/reveal`, asGuest(acts.reveal));
  router.post(`${base}/guest/secret/:id/acknowledge`, asGuest(acts.acknowledge));
  router.post(`${base}/secret/:id/acknowledge`, asGuest(acts.acknowledge));
  router.get(`${base}/guest/secret/:id`, asGuest(acts.peek));
  router.get(`${base}/guest/receipt/:id`, asGuest(acts.receipt));
  router.post(`${base}/guest/receipt/:id/burn`, asGuest(acts.burn));
  router.post(`${base}/guest/receipts`, asGuest(acts.receipts));

  const wantsSession: Handler = () => {
    const message = '[SESSION_NOT_AUTHENTICATED] Not authenticated';
    return Promise.resolve(unauthenticated(message, context.now()));
  };
  router.post(`${base}/secret/conceal`, wantsSession);
  router.post(`${base}/secret/generate`, wantsSession);
  router.post(`${base}/secret/:id/reveal`, wantsSession);
  router.get(`${base}/secret/:id`, wantsSession);
  router.on(['GET', 'PATCH'], `${base}/receipt/:id`, wantsSession);
  router.post(`${base}/receipt/:id/burn`, wantsSession);
  router.all(`${base}/*`, noRoute);
}
