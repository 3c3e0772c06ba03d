/**
 * The acts over the JSON dialects: v3, v2 of 0.24 and later, v2 of 0.18 to 0.23. They differ in paths, bodies and in
 * what a crash means; a {@link Flavor} says how (v3.ts, v2.ts, v2-old.ts), this file does the rest.
 */

import { OtsError } from '../core/errors.ts';
import { recentReceipts, verifyCredentials } from './account.ts';
import type { Act, Answer, Call } from './call.ts';
import { absent, isCrash, isNoRoute, wrongPassphrase } from './classify.ts';
import { type Evidence, evidenceOf, receiptAfter } from './evidence.ts';
import { aftermath, unreadableFailure } from './failures.ts';
import { fields, flag, member, section, text } from './fields.ts';
import { acceptCreation, checkRequest } from './granted.ts';
import { isOver, readCreation, readReceipt, readStatus } from './records.ts';
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
import type { Wire } from './wire.ts';
import { serverText } from './words.ts';

export interface Flavor {
  /** Paths below the base URL, with `{id}`. */
  ping: string;
  conceal: string;
  generate: string;
  reveal: string;
  /** Asked in this order; the next one when the server has no such route. */
  status: readonly string[];
  receipt: string;
  burn: string;
  concealBody(request: ConcealRequest): object;
  generateBody(request: GenerateRequest): object;
  /** 0.18 takes the word only, and up to 0.23 the word works too. */
  burnContinue: true | 'true';
  /** What a crash on reveal or burn means when the secret is still there, behind a passphrase. */
  crashMeans: 'wrong_passphrase' | 'rate_limited' | 'network';
}

type Passphrase = { passphrase?: string | undefined } | undefined;

/** A call of an act that carries the credentials, if any. */
function called(act: Act, method: 'GET' | 'POST', path: string, rest: Partial<Call> = {}): Call {
  return { act, method, path, authenticate: true, ...rest };
}

/** A passphrase as a member of a body; an empty one would count as a wrong try. */
export function passphraseMember(passphrase: string | undefined): { passphrase?: string } {
  return passphrase === undefined || passphrase === '' ? {} : { passphrase };
}

async function askStatus(wire: Wire, flavor: Flavor, id: string): Promise<SecretStatus> {
  let answer: Answer | undefined;
  for (const path of flavor.status) {
    answer = await wire.send({ act: 'status', method: 'GET', path, id });
    const status = answer.status === 200 ? readStatus(answer.json) : undefined;
    if (status !== undefined) return status;
    if (!isNoRoute(answer, wire.dialect)) break;
  }
  if (answer === undefined) return { state: 'unknown', ttlSeconds: undefined, hasPassphrase: undefined };
  const error = wire.failure(answer);
  // Up to 0.20 there is only the peek, which answers 404 for what is gone.
  if (error.code === 'not_found') return { state: 'gone', ttlSeconds: undefined, hasPassphrase: undefined };
  throw error;
}

async function askReceipt(wire: Wire, flavor: Flavor, id: string): Promise<ReceiptInfo> {
  const answer = await wire.send(called('receipt', 'GET', flavor.receipt, { id }));
  if (answer.status !== 200) throw wire.failure(answer);
  const json = fields(answer.json);
  const receipt = readReceipt(section(json, 'record'), section(json, 'details'));
  if (receipt === undefined) throw unreadableFailure(answer, wire.origin);
  return receipt;
}

async function make(
  wire: Wire,
  flavor: Flavor,
  call: Call,
  request: ConcealRequest | GenerateRequest,
): Promise<Concealed> {
  const answer = await wire.send(call);
  if (answer.status !== 200 || section(fields(answer.json), 'record') === undefined)
    throw wire.failure(answer);
  const creation = readCreation(answer.json);
  if (creation.receiptId !== undefined && creation.secretId === undefined) {
    // 0.18: the secret's identifier is told by the receipt only.
    const receipt = await receiptAfter(() => askReceipt(wire, flavor, creation.receiptId ?? ''));
    if (typeof receipt === 'object') creation.secretId = receipt.secretId;
  }
  const { passphrase } = request;
  return acceptCreation(wire, request, creation, (id) => burn(wire, flavor, id, { passphrase }));
}

async function conceal(wire: Wire, flavor: Flavor, request: ConcealRequest): Promise<Concealed> {
  checkRequest(wire, request);
  const privates = [request.passphrase, request.text, request.recipient];
  const json = flavor.concealBody(request);
  return make(wire, flavor, called('conceal', 'POST', flavor.conceal, { json, privates }), request);
}

async function generate(wire: Wire, flavor: Flavor, request: GenerateRequest): Promise<Generated> {
  const json = flavor.generateBody(request);
  const call = called('generate', 'POST', flavor.generate, { json, privates: [request.passphrase] });
  return { ...(await make(wire, flavor, call, request)), value: undefined };
}

async function reveal(
  wire: Wire,
  flavor: Flavor,
  id: string,
  options: RevealOptions = {},
): Promise<Revealed> {
  const { passphrase, claim } = options;
  const claimed = claim !== undefined;
  const json = { continue: true, ...passphraseMember(passphrase), ...(claimed && { claim }) };
  const privates = [passphrase, claim];
  const answer = await wire.send(called('reveal', 'POST', flavor.reveal, { id, json, privates, claimed }));
  const record = section(fields(answer.json), 'record');
  if (answer.status === 200 && record !== undefined) {
    const value = text(record, 'secret_value');
    // 0.26: whoever loses a race gets 200 without the value.
    if (value === undefined) throw absent('reveal', wire.origin);
    return { text: value, truncated: flag(record, 'is_truncated') === true };
  }
  if (!isCrash(answer)) throw wire.failure(answer);
  throw crashed(wire, flavor, answer, await evidenceOf(() => askStatus(wire, flavor, id)));
}

async function acknowledge(wire: Wire, flavor: Flavor, id: string, claim: string): Promise<void> {
  const path = flavor.reveal.replace(/reveal$/, 'acknowledge');
  const answer = await wire.send(
    called('acknowledge', 'POST', path, { id, json: { claim }, privates: [claim] }),
  );
  if (answer.status !== 200) throw wire.failure(answer);
}

/** The error for a crash on reveal or burn, after looking what is left of the secret. */
function crashed(wire: Wire, flavor: Flavor, answer: Answer, evidence: Evidence): OtsError {
  const { origin } = wire;
  if (evidence === 'protected' && flavor.crashMeans === 'wrong_passphrase')
    return wrongPassphrase(answer, origin);
  if (evidence === 'protected' && flavor.crashMeans === 'rate_limited') {
    // 0.24.6 and 0.24.7 answer so when a secret is locked after five wrong passphrases.
    const message = `${origin} failed (${answer.status}): the secret is locked or the server is failing`;
    return new OtsError('rate_limited', message, {
      hint: 'the secret is still there; try again in half an hour',
    });
  }
  if (evidence === 'protected' || evidence === 'open') {
    const message = `${origin} failed (${answer.status}); the secret is still there`;
    return new OtsError('network', message, { hint: 'try again later' });
  }
  if (evidence === 'gone') {
    const message = `${origin} failed (${answer.status}), and the secret is not there any more`;
    return new OtsError('network', message, { ...aftermath(answer.call.act), hint: 'treat it as spent' });
  }
  return wire.failure(answer);
}

async function burn(wire: Wire, flavor: Flavor, id: string, options: Passphrase): Promise<Burned> {
  const privates = [options?.passphrase];
  const json = { continue: flavor.burnContinue, ...passphraseMember(options?.passphrase) };
  const answer = await wire.send(called('burn', 'POST', flavor.burn, { id, json, privates }));
  const body = fields(answer.json);
  const understood = answer.status === 200 && body !== undefined && member(body, 'success') !== undefined;
  // The record tells the state before the burn: it is `new` on success.
  if (understood && flag(body, 'success') === true && section(body, 'record') !== undefined) {
    return { burnedNow: true, state: 'burned' };
  }
  const unburned = /could not be burned/i.test(serverText(answer) ?? '');
  if (!understood && !unburned && !isCrash(answer)) throw wire.failure(answer);
  const receipt = await receiptAfter(() => askReceipt(wire, flavor, id));
  if (receipt === 'absent') throw absent('burn', wire.origin);
  if (receipt === 'unknown') throw unreadableFailure(answer, wire.origin);
  if (isOver(receipt.state)) return { burnedNow: false, state: receipt.state };
  if (isCrash(answer))
    throw crashed(wire, flavor, answer, receipt.hasPassphrase === true ? 'protected' : 'open');
  throw new OtsError('network', `${wire.origin} did not burn the secret, it is still there`, {
    hint: 'try again',
  });
}

async function ping(wire: Wire, flavor: Flavor): Promise<void> {
  const answer = await wire.send({ act: 'ping', method: 'GET', path: flavor.ping });
  if (answer.status !== 200 || text(fields(answer.json), 'status') !== 'nominal') throw wire.failure(answer);
}

/** A {@link Remote} over v2 or v3. */
export function jsonRemote(wire: Wire, flavor: Flavor): Remote {
  return {
    dialect: wire.dialect,
    baseUrl: wire.baseUrl,
    maxTextBytes: wire.maxTextBytes,
    claimSeconds: wire.facts?.claimSeconds,
    conceal: (request) => conceal(wire, flavor, request),
    reveal: (id, options) => reveal(wire, flavor, id, options),
    acknowledge: (id, claim) => acknowledge(wire, flavor, id, claim),
    burn: (id, options) => burn(wire, flavor, id, options),
    receipt: (id) => askReceipt(wire, flavor, id),
    status: (id) => askStatus(wire, flavor, id),
    recent: () => recentReceipts(wire),
    generate: (request) => generate(wire, flavor, request),
    whoAmI: () => verifyCredentials(wire),
    ping: () => ping(wire, flavor),
    close: () => wire.close(),
  };
}
