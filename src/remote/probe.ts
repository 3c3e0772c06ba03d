/**
 * Finds out which Onetime Secret server answers at an address, with one request where possible, and never takes a
 * web page, a gateway's error or half an answer for one. Errors are not remembered.
 */

import { type ErrorDetails, OtsError } from '../core/errors.ts';
import { CLAIM_HEADER, MAX_SIZE_HEADER } from '../core/wire.ts';
import type { Answer } from './call.ts';
import { classifyJson } from './classify.ts';
import { type Fields, fields, member, text } from './fields.ts';
import type { Transport } from './transport.ts';
import type { RemoteSettings, ServerFacts } from './types.ts';

const DAY_MS = 86_400_000;

/** What was learned within the last day, if it makes sense: the memory is a file that anybody can edit. */
export function rememberedFacts(settings: RemoteSettings): ServerFacts | undefined {
  const stored: unknown = settings.memory?.get(settings.baseUrl);
  const known = fields(stored);
  const generation = text(known, 'generation');
  const probedAtMs = member(known, 'probedAtMs');
  if (generation !== 'current' && generation !== 'old' && generation !== 'v1only') return undefined;
  if (typeof probedAtMs !== 'number') return undefined;
  const ageMs = settings.now() - probedAtMs;
  if (!(ageMs >= 0 && ageMs < DAY_MS)) return undefined;
  return {
    generation,
    maxTextBytes: positive(member(known, 'maxTextBytes')),
    claimSeconds: positive(member(known, 'claimSeconds')),
    version: text(known, 'version'),
    probedAtMs,
  };
}

/** Makes the next run probe again. */
export function forgetFacts(settings: RemoteSettings): void {
  const facts = settings.memory?.get(settings.baseUrl);
  if (facts !== undefined) settings.memory?.set(settings.baseUrl, { ...facts, probedAtMs: 0 });
}

function positive(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function announced(answer: Answer, header: string): number | undefined {
  const value = answer.headers.get(header);
  return value !== undefined && /^\d{1,15}$/.test(value) ? positive(Number(value)) : undefined;
}

function nominal(answer: Answer): Fields | undefined {
  const json = fields(answer.json);
  return answer.status === 200 && text(json, 'status') === 'nominal' ? json : undefined;
}

/** The version that 0.18 to 0.25 tell everybody, as `0.18.3`. */
async function toldVersion(transport: Transport): Promise<string | undefined> {
  const answer = await transport.send({ act: 'probe', method: 'GET', path: '/api/v2/version' });
  const parts = member(fields(answer.json), 'version');
  if (answer.status !== 200 || !Array.isArray(parts)) return undefined;
  const version = parts.slice(0, 3).join('.');
  return /^\d{1,4}\.\d{1,4}\.\w{1,20}$/.test(version) ? version : undefined;
}

/** Versions before 0.18 have at most the beginnings of a v2. */
function isBeforeV2(version: string | undefined): boolean {
  return /^0\.([0-9]|1[0-7])\./.test(version ?? '');
}

/** Whether the server may be one without v2: it does not know the route, or answers it with its page. */
function mayBeV1Only(answer: Answer): boolean {
  if (answer.body === 'broken') return false;
  return answer.status === 404 || (answer.status === 200 && answer.body !== 'empty');
}

async function probeV1(transport: Transport): Promise<Answer | undefined> {
  const answer = await transport.send({ act: 'probe', method: 'GET', path: '/api/v1/status' });
  if (answer.status >= 500) throw classifyJson(answer, transport.origin, 'v2');
  return nominal(answer) === undefined ? undefined : answer;
}

/**
 * Asks the server what it is, and remembers the answer.
 *
 * @throws OtsError `network` when it cannot be reached, fails, or is no Onetime Secret server.
 */
export async function probe(transport: Transport, settings: RemoteSettings): Promise<ServerFacts> {
  const answer = await transport.send({ act: 'probe', method: 'GET', path: '/api/v2/status' });
  const v2 = nominal(answer);
  let generation: ServerFacts['generation'] = 'current';
  let version: string | undefined;
  let told = answer;
  if (v2 === undefined) {
    if (!mayBeV1Only(answer)) throw classifyJson(answer, transport.origin, 'v2');
    const v1 = await probeV1(transport);
    if (v1 === undefined)
      throw noServer(transport.origin, { hint: 'check the server address, and its path' });
    generation = 'v1only';
    told = v1;
  } else if (member(v2, 'success') === undefined) {
    version = await toldVersion(transport);
    generation = isBeforeV2(version) ? 'v1only' : 'old';
  }
  const facts: ServerFacts = {
    generation,
    maxTextBytes: announced(told, MAX_SIZE_HEADER),
    claimSeconds: announced(told, CLAIM_HEADER),
    ...(version === undefined ? {} : { version }),
    probedAtMs: settings.now(),
  };
  settings.memory?.set(settings.baseUrl, facts);
  return facts;
}

function noServer(origin: string, details: ErrorDetails): OtsError {
  return new OtsError('network', `${origin} is no Onetime Secret server`, details);
}
