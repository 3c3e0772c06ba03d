/**
 * API v1: flat parameters, and every refusal is a 404 that only its `message` explains.
 * Source: Onetime Secret API v1, v0.26.6.
 */

import type { Context } from 'hono';
import { MAX_SIZE_HEADER } from '../../core/wire.ts';
import { emptyAnswer, jsonAnswer } from '../answers.ts';
import { type Body, readBody } from '../body.ts';
import { pathIdentifier, type RouteContext, type Router } from '../context.ts';
import type { Params } from '../form.ts';
import { shortIdentifier } from '../identifiers.ts';
import type { Creation, Presented, Refusal } from '../secrets.ts';
import { v1Receipt } from './v1-records.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
/** The status that an answer of 404 stands for. */
const INTENDED_HEADER = 'x-ots-intended-status';
const SHORTEST_KEY = 20;
const GENERIC = 'An unexpected error occurred :[';

type Handler = (c: Context) => Promise<Response>;

function refuse(message: string, intended?: 400 | 401): Response {
  const headers = intended === undefined ? {} : { [INTENDED_HEADER]: String(intended) };
  return jsonAnswer(JSON_TYPE, 404, { message }, headers);
}

function unknownSecret(key: string): Response {
  return jsonAnswer(JSON_TYPE, 404, { secret_key: key, message: 'Unknown secret' });
}

function wordsOf(reason: Refusal, maxTextBytes: number): string {
  switch (reason) {
    case 'malformed':
      return 'Incorrect payload format';
    case 'empty':
      return 'You did not provide anything to share';
    case 'too_large':
      return `Secret value exceeds the maximum size of ${maxTextBytes} bytes`;
    case 'passphrase_short':
      return 'Passphrase must be at least 4 characters long';
    case 'passphrase_long':
      return 'Passphrase must be no more than 128 characters long';
    case 'recipient':
      return 'An account is required to send emails.';
    case 'length':
      return GENERIC;
    case 'length_long':
      return 'Generated password length must be no more than 128 characters';
  }
}

/** Any credentials are wrong ones here: there are no accounts. Then even what needs none is refused. */
function authorized(handle: Handler): Handler {
  return (c) =>
    c.req.header('authorization') === undefined ? handle(c) : Promise.resolve(refuse('Not authorized', 401));
}

/** Handlers of paths with an identifier: one too short to be one is no route. */
function keyed(handle: (c: Context, key: string) => Promise<Response>): Handler {
  return authorized((c) => {
    const key = pathIdentifier(c);
    return key.length < SHORTEST_KEY ? Promise.resolve(refuse('Not Found')) : handle(c, key);
  });
}

function creator(context: RouteContext, create: (payload: Params) => Promise<Creation>): Handler {
  const { secrets } = context;
  return authorized(async (c) => {
    const body = await readBody(c.req.raw, context.bodyLimitBytes);
    if ('refused' in body) {
      if (body.refused === 'malformed') return emptyAnswer(400);
      return refuse(wordsOf('too_large', secrets.maxTextBytes), 400);
    }
    const creation = await create(body.params);
    if (creation.outcome === 'refused') return refuse(wordsOf(creation.reason, secrets.maxTextBytes), 400);
    const { receipt, text } = creation;
    const value = receipt.kind === 'generate' ? text : undefined;
    const record = v1Receipt(receipt, { nowMs: context.now(), baseUrl: context.baseUrlOf(c), value });
    // Only a receipt that is shown later carries the value under its new name too.
    return jsonAnswer(JSON_TYPE, 200, { ...record, secret_value: undefined });
  });
}

function revealer(context: RouteContext): Handler {
  return keyed(async (c, key) => {
    const body = await readBody(c.req.raw, context.bodyLimitBytes);
    if ('refused' in body) return refusedBody(body.refused);
    const revelation = await context.secrets.reveal(key, presentedBy(body.params, false));
    switch (revelation.outcome) {
      case 'revealed':
        return jsonAnswer(JSON_TYPE, 200, {
          value: revelation.text,
          secret_key: key,
          share_domain: context.baseUrlOf(c),
        });
      case 'locked':
        return refuse(GENERIC, 400);
      case 'gone':
      case 'wrong':
      case 'kept':
        return unknownSecret(key);
    }
  });
}

function burner(context: RouteContext): Handler {
  return keyed(async (c, key) => {
    const body = await readBody(c.req.raw, context.bodyLimitBytes);
    if ('refused' in body) return refusedBody(body.refused);
    const burning = await context.secrets.burn(key, presentedBy(body.params, true));
    switch (burning.outcome) {
      case 'burned':
      case 'kept': {
        const options = { nowMs: context.now(), baseUrl: context.baseUrlOf(c), burning: true };
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
      case 'unknown':
        return unknownSecret(key);
    }
  });
}

function shower(context: RouteContext): Handler {
  const { secrets } = context;
  return keyed(async (c, key) => {
    const receipt = await secrets.receipt(key);
    if (receipt === undefined) return unknownSecret(key);
    const value = await secrets.display(receipt);
    const options = { nowMs: context.now(), baseUrl: context.baseUrlOf(c), value };
    return jsonAnswer(JSON_TYPE, 200, v1Receipt(receipt, options));
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
  const sizeHeader = { [MAX_SIZE_HEADER]: String(secrets.maxTextBytes) };
  const nominal = { status: 'nominal', locale: 'en' };
  const noAccount: Handler = () => Promise.resolve(refuse('Not authorized', 401));

  router.get(
    `${base}/status`,
    authorized(() => Promise.resolve(jsonAnswer(JSON_TYPE, 200, nominal, sizeHeader))),
  );
  router.get(`${base}/authcheck`, noAccount);
  const share = creator(context, (payload) => secrets.conceal(payload));
  router.post(`${base}/share`, share);
  router.post(`${base}/create`, share);
  router.post(
    `${base}/generate`,
    creator(context, (payload) => secrets.generate(payload)),
  );
  router.post(`${base}/secret/:id`, revealer(context));
  for (const name of ['receipt', 'private', 'metadata']) {
    router.on(['GET', 'POST'], `${base}/${name}/recent`, noAccount);
    router.on(['GET', 'POST'], `${base}/${name}/:id`, shower(context));
    router.post(`${base}/${name}/:id/burn`, burner(context));
  }
  router.all(`${base}/*`, () => jsonAnswer('application/json', 404, { error: 'Not Found' }));
}
