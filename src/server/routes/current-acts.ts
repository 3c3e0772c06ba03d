/** The acts of v2 and v3, which differ in little more than their paths. */

import type { Context } from 'hono';
import type { Account } from '../accounts.ts';
import { jsonAnswer } from '../answers.ts';
import { readBody } from '../body.ts';
import { pathIdentifier, type RouteContext, secondsUntil } from '../context.ts';
import type { Caller, Created, Creation } from '../creation.ts';
import { isParams, newParams, type Params } from '../form.ts';
import { cleanIdentifier } from '../identifiers.ts';
import type { Presented } from '../secrets.ts';
import {
  JSON_TYPE,
  locked,
  malformedClaim,
  notFound,
  refusedBody,
  refusedCreation,
  unprocessable,
} from './current-errors.ts';
import {
  burnAnswer,
  type Dialect,
  displayLines,
  receiptRecord,
  secretRecord,
  shownReceipt,
} from './records.ts';

export type Handler = (c: Context) => Promise<Response>;
export type AccountHandler = (c: Context, account: Account | undefined) => Promise<Response>;

export interface Acts {
  conceal: AccountHandler;
  generate: AccountHandler;
  /** Looks at a secret without revealing it, whatever the query says. */
  peek: Handler;
  status: Handler;
  statuses: Handler;
  reveal: Handler;
  /** Erases what is kept for a claim. */
  acknowledge: Handler;
  receipt: Handler;
  receipts: Handler;
  burn: Handler;
}

const MAX_RECEIPTS = 25;

function ok(value: unknown): Response {
  return jsonAnswer(JSON_TYPE, 200, value);
}

/** The acts as one dialect answers them. */
export function createActs(context: RouteContext, dialect: Dialect): Acts {
  const { secrets } = context;
  return {
    conceal: creator(context, dialect, (payload, caller) => secrets.conceal(payload, caller)),
    generate: creator(context, dialect, (payload, caller) => secrets.generate(payload, caller)),
    peek: peeker(context),
    status: statusShower(context),
    statuses: statusLister(context),
    reveal: revealer(context),
    acknowledge: acknowledger(context),
    receipt: receiptShower(context, dialect),
    receipts: receiptLister(context, dialect),
    burn: burner(context, dialect),
  };
}

function creator(
  context: RouteContext,
  dialect: Dialect,
  create: (payload: Params, caller: Caller) => Promise<Creation>,
): AccountHandler {
  const { rules } = context.secrets;
  return async (c, account) => {
    const body = await readBody(c, context.bodyLimitBytes);
    if ('refused' in body) {
      return body.refused === 'too_large' ? refusedCreation('too_large', rules) : refusedBody(body.refused);
    }
    const payload = body.params.secret ?? newParams();
    if (!isParams(payload)) return refusedCreation('malformed', rules);
    const creation = await create(payload, { account, v1: false });
    return creation.outcome === 'refused'
      ? refusedCreation(creation.reason, rules)
      : ok(createdAnswer(creation, dialect));
  };
}

function createdAnswer({ receipt, secretId }: Created, dialect: Dialect): unknown {
  const record = receiptRecord(receipt, dialect);
  const { hasPassphrase, ttlSeconds, createdAtMs } = receipt;
  const secret = secretRecord({
    secretId,
    passphraseHash: hasPassphrase ? '' : undefined,
    ttlSeconds,
    createdAtMs,
  });
  return {
    success: true,
    record: {
      receipt: record,
      metadata: dialect === 'v2' ? record : undefined,
      secret,
      share_domain: null,
    },
    details: { kind: receipt.kind, recipient: [], recipient_safe: [] },
  };
}

function peeker(context: RouteContext): Handler {
  return async (c) => {
    const secret = await context.secrets.look(pathIdentifier(c));
    if (secret === undefined) return notFound();
    const details = {
      continue: false,
      is_owner: false,
      show_secret: false,
      correct_passphrase: secret.passphraseHash === undefined,
      display_lines: displayLines(''),
      one_liner: null,
    };
    return ok({ record: secretRecord(secret), details });
  };
}

function statusShower(context: RouteContext): Handler {
  return async (c) => {
    const secret = await context.secrets.look(pathIdentifier(c));
    if (secret === undefined) return ok({ record: { state: 'unknown' } });
    const current_expiration = secondsUntil(secret.expiresAtMs, context.now());
    return ok({ record: secretRecord(secret), details: { current_expiration } });
  };
}

function statusLister(context: RouteContext): Handler {
  return listing(context, undefined, async (identifier) => {
    const secret = await context.secrets.look(identifier);
    return secret === undefined ? undefined : secretRecord(secret);
  });
}

function receiptLister(context: RouteContext, dialect: Dialect): Handler {
  return listing(context, MAX_RECEIPTS, async (identifier) => {
    const receipt = await context.secrets.receipt(identifier);
    return receipt === undefined ? undefined : receiptRecord(receipt, dialect);
  });
}

/** What is found of the `identifiers` in a body, a list or a text with commas; the rest is left out. */
function listing(
  context: RouteContext,
  max: number | undefined,
  find: (identifier: string) => Promise<unknown>,
): Handler {
  return async (c) => {
    const body = await readBody(c, context.bodyLimitBytes);
    if ('refused' in body) return refusedBody(body.refused);
    const asked = body.params.identifiers ?? [];
    const list: unknown = typeof asked === 'string' ? asked.split(',') : asked;
    if (!Array.isArray(list)) return unprocessable('Incorrect payload format');
    const identifiers = list.filter((one) => typeof one === 'string').map(cleanIdentifier);
    if (max !== undefined && identifiers.length > max) {
      return unprocessable(`Too many identifiers (max ${max})`);
    }
    const found = await Promise.all([...new Set(identifiers)].map(find));
    const records = found.filter((record) => record !== undefined);
    return ok({ records, count: records.length });
  };
}

function revealer(context: RouteContext): Handler {
  return async (c) => {
    const body = await readBody(c, context.bodyLimitBytes);
    if ('refused' in body) return refusedBody(body.refused);
    const presented = { ...presentedBy(context, c, body.params), claim: body.params.claim };
    const revelation = await context.secrets.reveal(pathIdentifier(c), presented);
    switch (revelation.outcome) {
      case 'gone':
        return notFound();
      case 'wrong':
        return unprocessable('Incorrect passphrase');
      case 'locked':
        return locked(revelation.lock);
      case 'malformed_claim':
        return malformedClaim();
      case 'kept':
      case 'revealed': {
        const { secret } = revelation;
        const text = revelation.outcome === 'revealed' ? revelation.text : undefined;
        const isRevealed = text !== undefined;
        const details = {
          continue: isRevealed,
          is_owner: false,
          show_secret: isRevealed,
          // False, too, where there is none to check.
          correct_passphrase: secret.passphraseHash !== undefined,
          display_lines: displayLines(text ?? ''),
          one_liner: isRevealed ? !text.includes('\n') : null,
        };
        return ok({ record: { ...secretRecord(secret, isRevealed), secret_value: text }, details });
      }
    }
  };
}

/** The same answer whatever there is to erase: it tells nobody anything. */
function acknowledger(context: RouteContext): Handler {
  return async (c) => {
    const body = await readBody(c, context.bodyLimitBytes);
    if ('refused' in body) return refusedBody(body.refused);
    const taken = await context.secrets.acknowledge(pathIdentifier(c), body.params.claim);
    return taken ? ok({ acknowledged: true }) : malformedClaim();
  };
}

function receiptShower(context: RouteContext, dialect: Dialect): Handler {
  return async (c) => {
    const identifier = pathIdentifier(c);
    const receipt = await context.secrets.receipt(identifier);
    if (receipt === undefined) return notFound(`identifier: ${identifier}`);
    const value = await context.secrets.display(receipt);
    const secondsLeft = secondsUntil(receipt.secretExpiresAtMs, context.now());
    return ok(shownReceipt(receipt, { dialect, baseUrl: context.baseUrlOf(c), secondsLeft, value }));
  };
}

function burner(context: RouteContext, dialect: Dialect): Handler {
  return async (c) => {
    const body = await readBody(c, context.bodyLimitBytes);
    if ('refused' in body) return refusedBody(body.refused);
    const burning = await context.secrets.burn(pathIdentifier(c), presentedBy(context, c, body.params));
    switch (burning.outcome) {
      case 'unknown':
        return notFound();
      case 'gone':
        // Nothing else: this call burned nothing.
        return ok({ success: true });
      case 'wrong':
        return unprocessable('Double check that passphrase');
      case 'locked':
        return locked(burning.lock);
      case 'kept':
      case 'lost':
      case 'burned': {
        const burned = burning.outcome === 'burned';
        return ok(burnAnswer(burning.receipt, { dialect, baseUrl: context.baseUrlOf(c), burned }));
      }
    }
  };
}

function presentedBy(context: RouteContext, c: Context, params: Params): Presented {
  const proceed = params.continue === true || params.continue === 'true';
  const address = context.addressOf(c);
  return { passphrase: params.passphrase, address, emptyCounts: true, proceed };
}
