/**
 * v1: forms in, JSON out, on every version from 0.10 (but 0.24.0 and 0.24.1). All refusals are 404, told apart by
 * their message; "Unknown secret" is said of secrets that are gone and of wrong passphrases alike.
 *
 * Always forms: up to 0.23 a JSON body is not read, and a passphrase in one counts as a wrong try.
 */

import { OtsError } from '../core/errors.ts';
import { recentReceipts, verifyCredentials } from './account.ts';
import type { Answer } from './call.ts';
import { absent, isCrash, isNoRoute, wrongPassphrase } from './classify.ts';
import { type Evidence, evidenceOf, receiptAfter } from './evidence.ts';
import { aftermath, unreadableFailure } from './failures.ts';
import { fields, section, text } from './fields.ts';
import { acceptCreation, checkRequest } from './granted.ts';
import { passphraseMember } from './json-dialect.ts';
import { isOver, readStatus } from './records.ts';
import type {
  Burned,
  Concealed,
  ConcealRequest,
  Generated,
  GenerateRequest,
  ReceiptInfo,
  Remote,
  Revealed,
  RevealOptions,
  SecretStatus,
} from './types.ts';
import { readV1Creation, readV1Receipt } from './v1-records.ts';
import type { Wire } from './wire.ts';
import { serverText } from './words.ts';

type Passphrase = { passphrase?: string | undefined } | undefined;

const UNTOLD: SecretStatus = { state: 'unknown', ttlSeconds: undefined, hasPassphrase: undefined };

function creationForm(request: ConcealRequest | GenerateRequest): Record<string, string> {
  return {
    ...('text' in request ? { secret: request.text } : {}),
    ttl: String(request.ttlSeconds),
    ...passphraseMember(request.passphrase),
    ...(request.shareDomain === undefined ? {} : { share_domain: request.shareDomain }),
    ...('recipient' in request && request.recipient !== undefined ? { recipient: request.recipient } : {}),
  };
}

async function make(
  wire: Wire,
  act: 'conceal' | 'generate',
  request: ConcealRequest | GenerateRequest,
): Promise<Generated> {
  // Not `/create`: 0.19 to 0.23 refuse it with "Incorrect payload format".
  const path = act === 'conceal' ? '/api/v1/share' : '/api/v1/generate';
  const privates = [request.passphrase, ...('text' in request ? [request.text, request.recipient] : [])];
  const form = creationForm(request);
  const answer = await wire.send({ act, method: 'POST', path, form, privates, authenticate: true });
  const record = fields(answer.json);
  if (answer.status !== 200 || text(record, 'metadata_key', 'identifier') === undefined)
    throw wire.failure(answer);
  const { passphrase } = request;
  const made = await acceptCreation(wire, request, readV1Creation(record), (id) =>
    burn(wire, id, { passphrase }),
  );
  return { ...made, value: act === 'generate' ? text(record, 'value', 'secret_value') : undefined };
}

async function conceal(wire: Wire, request: ConcealRequest): Promise<Concealed> {
  checkRequest(wire, request);
  const { secretId, receiptId, ttlSeconds, shareDomain } = await make(wire, 'conceal', request);
  return { secretId, receiptId, ttlSeconds, shareDomain };
}

/** v1 has no status of secrets; a server that also has v2 (0.21 and later) tells. */
async function status(wire: Wire, id: string): Promise<SecretStatus> {
  if (wire.facts?.generation === 'v1only') return UNTOLD;
  const answer = await wire.send({ act: 'status', method: 'GET', path: '/api/v2/secret/{id}/status', id });
  if (answer.status === 200) return readStatus(answer.json) ?? UNTOLD;
  if (isNoRoute(answer, 'v2') || answer.status < 500) return UNTOLD;
  throw wire.failure(answer);
}

async function reveal(wire: Wire, id: string, options: RevealOptions = {}): Promise<Revealed> {
  const { passphrase, claim } = options;
  const answer = await wire.send({
    act: 'reveal',
    method: 'POST',
    path: '/api/v1/secret/{id}',
    id,
    form: { ...passphraseMember(passphrase), ...(claim !== undefined && { claim }) },
    privates: [passphrase, claim],
    claimed: claim !== undefined,
    authenticate: true,
  });
  const record = fields(answer.json);
  if (answer.status === 200 && record !== undefined) {
    const value = text(record, 'value', 'secret_value');
    if (value !== undefined) return { text: value, truncated: false };
    // Another server's 200, or 0.24.1's wrapped answer: no reveal, but nobody knows what it did.
    throw text(record, 'secret_key') === undefined
      ? unreadableFailure(answer, wire.origin)
      : absent('reveal', wire.origin);
  }
  if (serverText(answer) === 'Unknown secret' && answer.status >= 400) {
    throw unknownSecret(wire, answer, await evidenceOf(() => status(wire, id)));
  }
  if (!isCrash(answer)) throw wire.failure(answer);
  throw crashed(wire, answer, passphrase, await evidenceOf(() => status(wire, id)));
}

async function acknowledge(wire: Wire, id: string, claim: string): Promise<void> {
  const path = '/api/v1/secret/{id}/acknowledge';
  const answer = await wire.send({
    act: 'acknowledge',
    method: 'POST',
    path,
    id,
    form: { claim },
    privates: [claim],
  });
  if (answer.status !== 200) throw wire.failure(answer);
}

/** "Unknown secret": gone, or the passphrase was wrong or missing. */
function unknownSecret(wire: Wire, answer: Answer, evidence: Evidence): OtsError {
  if (evidence === 'gone') return absent('reveal', wire.origin);
  if (evidence === 'protected') return wrongPassphrase(answer, wire.origin);
  if (evidence === 'open') {
    const message = `${wire.origin} would not give the secret, but it is still there`;
    return new OtsError('network', message, { hint: 'try again' });
  }
  const message = `${wire.origin} has no such secret, or the passphrase is wrong; v1 does not tell which`;
  return new OtsError('not_found', message, {
    ambiguous: true,
    hint: 'if it has a passphrase, check that first',
  });
}

/** "An unexpected error occurred": locked (0.26), or the server is failing. */
function crashed(wire: Wire, answer: Answer, passphrase: string | undefined, evidence: Evidence): OtsError {
  const failing = `${wire.origin} failed (${answer.status})`;
  if (evidence === 'gone') {
    const message = `${failing}, and the secret is not there any more`;
    return new OtsError('network', message, { ...aftermath('reveal'), hint: 'treat it as spent' });
  }
  if (evidence === 'protected' || (evidence === 'unknown' && passphrase !== undefined)) {
    const known = evidence === 'protected';
    const hint = known ? 'the secret is still there; try again in half an hour' : 'try again in half an hour';
    const message = `${failing}: the secret is locked or the server is failing`;
    return new OtsError('rate_limited', message, { hint, ambiguous: !known });
  }
  if (evidence === 'open')
    return new OtsError('network', `${failing}; the secret is still there`, { hint: 'try again later' });
  return wire.failure(answer);
}

async function receipt(wire: Wire, id: string): Promise<ReceiptInfo> {
  // `/receipt/` exists only from 0.24 on, `/private/` everywhere.
  const answer = await wire.send({
    act: 'receipt',
    method: 'GET',
    path: '/api/v1/private/{id}',
    id,
    authenticate: true,
  });
  if (answer.status !== 200) throw wire.failure(answer);
  const info = readV1Receipt(fields(answer.json), 'receipt');
  if (info === undefined) throw unreadableFailure(answer, wire.origin);
  return info;
}

async function burn(wire: Wire, id: string, options: Passphrase): Promise<Burned> {
  const privates = [options?.passphrase];
  const form = { ...passphraseMember(options?.passphrase) };
  const path = '/api/v1/private/{id}/burn';
  const answer = await wire.send({
    act: 'burn',
    method: 'POST',
    path,
    id,
    form,
    privates,
    authenticate: true,
  });
  // Up to 0.26 the answer tells the state before the burn.
  if (answer.status === 200 && section(fields(answer.json), 'state') !== undefined) {
    return { burnedNow: true, state: 'burned' };
  }
  const unknown = serverText(answer) === 'Unknown secret';
  if (!unknown && !isCrash(answer)) throw wire.failure(answer);
  const found = await receiptAfter(() => receipt(wire, id));
  if (found === 'absent') throw absent('burn', wire.origin);
  if (found === 'unknown') throw unreadableFailure(answer, wire.origin);
  if (isOver(found.state)) return { burnedNow: false, state: found.state };
  if (found.hasPassphrase !== true) {
    throw new OtsError('network', `${wire.origin} did not burn the secret, it is still there`, {
      hint: 'try again later',
    });
  }
  // 0.15: a wrong passphrase is "Unknown secret"; 0.18: a crash; from 0.24.6 a crash, with its status told, is the lock.
  if (unknown || answer.headers.get('x-ots-intended-status') === undefined)
    throw wrongPassphrase(answer, wire.origin);
  const message = `${wire.origin} did not burn the secret: it is locked or the server is failing`;
  throw new OtsError('rate_limited', message, {
    hint: 'the secret is still there; try again in half an hour',
  });
}

async function ping(wire: Wire): Promise<void> {
  const answer = await wire.send({ act: 'ping', method: 'GET', path: '/api/v1/status' });
  if (answer.status !== 200 || text(fields(answer.json), 'status') !== 'nominal') throw wire.failure(answer);
}

/** A {@link Remote} that speaks v1. */
export function v1Remote(wire: Wire): Remote {
  return {
    dialect: 'v1',
    baseUrl: wire.baseUrl,
    maxTextBytes: wire.maxTextBytes,
    claimSeconds: wire.facts?.claimSeconds,
    conceal: (request) => conceal(wire, request),
    reveal: (id, options) => reveal(wire, id, options),
    acknowledge: (id, claim) => acknowledge(wire, id, claim),
    burn: (id, options) => burn(wire, id, options),
    receipt: (id) => receipt(wire, id),
    status: (id) => status(wire, id),
    recent: () => recentReceipts(wire),
    generate: (request) => make(wire, 'generate', request),
    whoAmI: () => verifyCredentials(wire),
    ping: () => ping(wire),
    close: () => wire.close(),
  };
}
