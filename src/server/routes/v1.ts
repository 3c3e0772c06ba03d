/**
 * API v1: flat parameters, and every refusal is a 404 that only its `message` explains.
 * Source: Onetime Secret API v1, v0.26.6.
 */

import type { Context } from 'hono';
import type { Account } from '../accounts.ts';
import { emptyAnswer, jsonAnswer } from '../answers.ts';
import { type Body, readBody } from '../body.ts';
import { announcements, pathIdentifier, type RouteContext, type Router } from '../context.ts';
import type { Caller, Creation, Refusal, Rules } from '../creation.ts';
import type { Params } from '../form.ts';
import { shortIdentifier } from '../identifiers.ts';
import type { Presented } from '../secrets.ts';
import { type V1ReceiptOptions, v1Receipt } from './v1-records.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
/** The status that an answer of 404 stands for. */
const INTENDED_HEADER = 'x-ots-intended-status';
const SHORTEST_KEY = 20;
const GENERIC = 'An unexpected error occurred :[';

type Handler = (c: Context) => Promise<Response>;
type AccountHandler = (c: Context, account: Account | undefined) => Promise<Response>;

function refuse(message: string, intended?: 400 | 401): Response {
  const headers = intended === undefined ? {} : { [INTENDED_HEADER]: String(intended) };
  return jsonAnswer(JSON_TYPE, 404, { message }, headers);
}

function unknownSecret(key: string): Response {
  return jsonAnswer(JSON_TYPE, 404, { secret_key: key, message: 'Unknown secret' });
}

function rateLimited(): Response {
  return refuse('Rate limit exceeded. Please try again later.', 400);
}

function wordsOf(reason: Refusal, rules: Rules): string {
  switch (reason) {
    case 'malformed':
      return 'Incorrect payload format';
    case 'empty':
      return 'You did not provide anything to share';
    case 'too_large':
      return `Secret value exceeds the maximum size of ${rules.maxTextBytes} bytes`;
    case 'passphrase_short':
      return `Passphrase must be at least ${rules.minPassphraseCharacters} characters long`;
    case 'passphrase_required':
      return 'A passphrase is required for all secrets';
    case 'passphrase_long':
      return 'Passphrase must be no more than 128 characters long';
    case 'recipient':
      return 'An account is required to send emails.';
    case 'no_mail':
      return 'This server sends no emails';
    case 'length':
      return GENERIC;
    case 'length_long':
      return 'Generated password length must be no more than 128 characters';
  }
}

/** Handlers for anybody, or for an account: with wrong credentials even what needs none is refused. */
function authorized(context: RouteContext, handle: AccountHandler): Handler {
  return async (c) => {
    const address = context.addressOf(c);
    if ((await context.rates.request(address)) !== undefined) return rateLimited();
    const who = await context.accounts.identify(c.req.header('authorization'), address);
    if (who === 'none') return handle(c, undefined);
    return typeof who === 'string' ? refuse('Not authorized', 401) : handle(c, who);
  };
}

/** Handlers for an account only. */
function owned(context: RouteContext, handle: (c: Context, account: Account) => Promise<Response>): Handler {
  return authorized(context, (c, account) =>
    account === undefined ? Promise.resolve(refuse('Not authorized', 401)) : handle(c, account),
  );
}

/** Handlers of paths with an identifier: one too short to be one is no route. */
function keyed(
  context: RouteContext,
  handle: (c: Context, key: string, account: Account | undefined) => Promise<Response>,
): Handler {
  return authorized(context, (c, account) => {
    const key = pathIdentifier(c);
    return key.length < SHORTEST_KEY ? Promise.resolve(refuse('Not Found')) : handle(c, key, account);
  });
}

function creator(
  context: RouteContext,
  create: (payload: Params, caller: Caller) => Promise<Creation>,
): Handler {
  const { rules } = context.secrets;
  return authorized(context, async (c, account) => {
    if (account === undefined && (await context.rates.v1Creation(context.addressOf(c))) !== undefined) {
      return rateLimited();
    }
    const body = await readBody(c, context.bodyLimitBytes);
    if ('refused' in body) {
      if (body.refused === 'malformed') return emptyAnswer(400);
      return refuse(wordsOf('too_large', rules), 400);
    }
    const creation = await create(body.params, { account, v1: true });
    if (creation.outcome === 'refused') return refuse(wordsOf(creation.reason, rules), 400);
    const { receipt, text } = creation;
    const value = receipt.kind === 'generate' ? text : undefined;
    const record = v1Receipt(receipt, { ...viewOf(context, c, account), value });
    // Only a receipt that is shown later carries the value under its new name too.
    return jsonAnswer(JSON_TYPE, 200, { ...record, secret_value: undefined });
  });
}

function viewOf(context: RouteContext, c: Context, caller: Account | undefined): V1ReceiptOptions {
  return { nowMs: context.now(), baseUrl: context.baseUrlOf(c), caller };
}

function revealer(context: RouteContext): Handler {
  return keyed(context, async (c, key) => {
    const body = await readBody(c, context.bodyLimitBytes);
    if ('refused' in body) return refusedBody(body.refused);
    const presented = { ...presentedBy(body.params, false), claim: body.params.claim };
    const revelation = await context.secrets.reveal(key, presented);
    switch (revelation.outcome) {
      case 'revealed':
        return jsonAnswer(JSON_TYPE, 200, {
          value: revelation.text,
          secret_key: key,
          share_domain: context.baseUrlOf(c),
        });
      case 'locked':
        return refuse(GENERIC, 400);
      case 'malformed_claim':
        return refuse('Claim must be 32 bytes in base64url', 400);
      case 'gone':
      case 'wrong':
      case 'kept':
        return unknownSecret(key);
    }
  });
}

/** The same answer whatever there is to erase: it tells nobody anything. */
function acknowledger(context: RouteContext): Handler {
  return keyed(context, async (c, key) => {
    const body = await readBody(c, context.bodyLimitBytes);
    if ('refused' in body) return refusedBody(body.refused);
    const taken = await context.secrets.acknowledge(key, body.params.claim);
    return taken
      ? jsonAnswer(JSON_TYPE, 200, { acknowledged: true })
      : refuse('Claim must be 32 bytes in base64url', 400);
  });
}

function burner(context: RouteContext): Handler {
  return keyed(context, async (c, key, account) => {
    const body = await readBody(c, context.bodyLimitBytes);
    if ('refused' in body) return refusedBody(body.refused);
    const burning = await context.secrets.burn(key, presentedBy(body.params, true));
    switch (burning.outcome) {
      case 'burned':
      case 'kept': {
        const options = { ...viewOf(context, c, account), burning: true };
        const shortKey = shortIdentifier(burning.receipt.secretShortId);
        return jsonAnswer(JSON_TYPE, 200, {
          state: v1Receipt(burning.receipt, options),
          secret_shortkey: shortKey,
        });
      }
      case 'locked':
        return refuse(GENERIC, 400);
      case 'wrong':
        return refuse('Double check that passphrase', 400);
      case 'gone':
      case 'lost':
      case 'unknown':
        return unknownSecret(key);
    }
  });
}

function shower(context: RouteContext): Handler {
  const { secrets } = context;
  return keyed(context, async (c, key, account) => {
    const receipt = await secrets.receipt(key);
    if (receipt === undefined) return unknownSecret(key);
    const value = await secrets.display(receipt);
    return jsonAnswer(JSON_TYPE, 200, v1Receipt(receipt, { ...viewOf(context, c, account), value }));
  });
}

function lister(context: RouteContext): Handler {
  return owned(context, async (c, account) => {
    const receipts = await context.secrets.recent(account);
    const options = { ...viewOf(context, c, account), listed: true };
    return jsonAnswer(
      JSON_TYPE,
      200,
      receipts.map((receipt) => v1Receipt(receipt, options)),
    );
  });
}

/** v1 counts wrong passphrases over all callers only, and always means what it asks for. */
function presentedBy(params: Params, emptyCounts: boolean): Presented {
  return { passphrase: params.passphrase, address: undefined, emptyCounts, proceed: true };
}

function refusedBody(why: (Body & { refused: unknown })['refused']): Response {
  return emptyAnswer(why === 'malformed' ? 400 : 413);
}

/** Adds the routes of v1 under `/api/v1`. */
export function addV1Routes(router: Router, context: RouteContext): void {
  const { secrets } = context;
  const base = '/api/v1';
  const nominal = { status: 'nominal', locale: 'en' };
  const announced = announcements(secrets);

  router.get(
    `${base}/status`,
    authorized(context, () => Promise.resolve(jsonAnswer(JSON_TYPE, 200, nominal, announced))),
  );
  router.get(
    `${base}/authcheck`,
    owned(context, () => Promise.resolve(jsonAnswer(JSON_TYPE, 200, nominal))),
  );
  const share = creator(context, (payload, caller) => secrets.conceal(payload, caller));
  router.post(`${base}/share`, share);
  router.post(`${base}/create`, share);
  router.post(
    `${base}/generate`,
    creator(context, (payload, caller) => secrets.generate(payload, caller)),
  );
  router.post(`${base}/secret/:id`, revealer(context));
  router.post(`${base}/secret/:id/acknowledge`, acknowledger(context));
  for (const name of ['receipt', 'private', 'metadata']) {
    router.on(['GET', 'POST'], `${base}/${name}/recent`, lister(context));
    router.on(['GET', 'POST'], `${base}/${name}/:id`, shower(context));
    router.post(`${base}/${name}/:id/burn`, burner(context));
  }
  router.all(`${base}/*`, () => jsonAnswer('application/json', 404, { error: 'Not Found' }));
}
