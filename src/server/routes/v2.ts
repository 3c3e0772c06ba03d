/**
 * API v2: nested parameters, for accounts and guests. There are no accounts here, so credentials are always wrong;
 * under `guest/` they do not count. Source: Onetime Secret API v2, v0.26.6.
 */

import { MAX_SIZE_HEADER } from '../../core/wire.ts';
import { jsonAnswer } from '../answers.ts';
import { pathIdentifier, type RouteContext, type Router } from '../context.ts';
import { createActs, type Handler } from './current-acts.ts';
import { JSON_TYPE, noRoute, notFound, notOwner, unauthenticated } from './current-errors.ts';

/** Answers 401 for whatever credentials a request carries, or that it carries none. */
export function needsAccount(context: RouteContext): Handler {
  return (c) => {
    const header = c.req.header('authorization');
    const message =
      header === undefined
        ? '[AUTH_HEADER_MISSING] No authorization header'
        : /^basic /i.test(header)
          ? '[CREDENTIALS_INVALID] Invalid credentials'
          : '[AUTH_TYPE_INVALID] Invalid authorization type';
    return Promise.resolve(unauthenticated(message, context.now()));
  };
}

/** Adds the routes of v2 under `/api/v2`. */
export function addV2Routes(router: Router, context: RouteContext): void {
  const base = '/api/v2';
  const acts = createActs(context, 'v2');
  const refuse = needsAccount(context);
  const open = (handle: Handler): Handler => {
    return (c) => (c.req.header('authorization') === undefined ? handle(c) : refuse(c));
  };
  const sizeHeader = { [MAX_SIZE_HEADER]: String(context.secrets.maxTextBytes) };

  const meta = (value: Record<string, unknown>, headers = {}): Handler => {
    return () => Promise.resolve(jsonAnswer(JSON_TYPE, 200, { success: true, ...value }, headers));
  };
  router.get(`${base}/status`, meta({ status: 'nominal', locale: 'en' }, sizeHeader));
  router.get(`${base}/supported-locales`, meta({ locales: ['en'], default_locale: 'en', locale: 'en' }));
  router.get(`${base}/version`, refuse);

  router.post(`${base}/secret/conceal`, open(acts.conceal));
  router.post(`${base}/secret/generate`, open(acts.generate));
  router.post(`${base}/secret/status`, open(acts.statuses));
  router.get(`${base}/secret/:id/status`, open(acts.status));
  router.post(`${base}/secret/:id/reveal`, open(acts.reveal));
  router.get(`${base}/secret/:id`, open(acts.peek));
  for (const name of ['receipt', 'private']) {
    router.get(`${base}/${name}/recent`, refuse);
    router.get(`${base}/${name}/:id`, open(acts.receipt));
    router.post(`${base}/${name}/:id/burn`, open(acts.burn));
    router.patch(
      `${base}/${name}/:id`,
      open(async (c) => {
        const receipt = await context.secrets.receipt(pathIdentifier(c));
        return receipt === undefined ? notFound() : notOwner();
      }),
    );
  }

  router.post(`${base}/guest/secret/conceal`, acts.conceal);
  router.post(`${base}/guest/secret/generate`, acts.generate);
  router.post(`${base}/guest/secret/:id/reveal`, acts.reveal);
  router.get(`${base}/guest/secret/:id`, acts.peek);
  router.get(`${base}/guest/receipt/:id`, acts.receipt);
  router.post(`${base}/guest/receipt/:id/burn`, acts.burn);
  router.all(`${base}/*`, noRoute);
}
