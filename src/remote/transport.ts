/**
 * HTTP for the dialects: headers, credentials, deadlines, the rules for sending again, one log line a request.
 * No cookies, no redirects, no compression. What a call may do when it fails: reads are tried up to three times,
 * creating twice if the first was refused before a byte went out, consuming calls once.
 */

import type { Dispatcher } from 'undici';
import { OtsError } from '../core/errors.ts';
import { IDENTIFIER_PATTERN } from '../core/limits.ts';
import { type Answer, type Call, consumes, creates } from './call.ts';
import { DEADLINE, exchange, type WireAnswer, WireError, type WireRequest } from './exchange.ts';
import { exchangeFailure, isPassing, isRefused, type Place, redirectFailure } from './failures.ts';
import { createDispatcher } from './pool.ts';
import type { Credentials, RemoteSettings } from './types.ts';

export interface Transport {
  readonly origin: string;
  /**
   * Makes the call and reads the answer, whatever its status; redirects and failures throw.
   *
   * @throws OtsError `network`; `usage` for an identifier that is none.
   */
  send(call: Call): Promise<Answer>;
  close(): Promise<void>;
}

/** Reveals may carry the largest body there is as base64url; nothing else comes near 16 MiB. */
const MAX_REVEAL_BYTES = 128 * 2 ** 20;
const MAX_ANSWER_BYTES = 16 * 2 ** 20;

const READ_ATTEMPTS = 3;
const CREATE_ATTEMPTS = 2;
const BACKOFF_MS = 150;
const PASSING_STATUS = new Set([502, 503, 504]);

/**
 * Transport to one server. Nothing is loaded or connected before the first call.
 *
 * @param settings with a base URL that open.ts has checked.
 */
export function createTransport(settings: RemoteSettings): Transport {
  const base = new URL(settings.baseUrl);
  const place: Place = {
    origin: base.origin,
    proxyOrigin: settings.proxyUrl === undefined ? undefined : new URL(settings.proxyUrl).origin,
    timeoutMs: settings.timeoutMs,
  };
  let dispatcher: Promise<Dispatcher> | undefined;

  async function attempt(call: Call, remainingMs: number): Promise<WireAnswer> {
    dispatcher ??= createDispatcher(base.origin, settings);
    return exchange(await dispatcher, wireRequest(call, base, settings, remainingMs));
  }

  async function send(call: Call): Promise<Answer> {
    if (call.id !== undefined && !IDENTIFIER_PATTERN.test(call.id)) {
      throw new OtsError('usage', 'that is not an identifier of a secret or a receipt');
    }
    const startedMs = settings.now();
    const once = consumes(call.act) && call.claimed !== true;
    const attempts = creates(call.act) ? CREATE_ATTEMPTS : once ? 1 : READ_ATTEMPTS;
    for (let number = 1; ; number += 1) {
      const remainingMs = settings.timeoutMs - (settings.now() - startedMs);
      const outcome = await logged(call, settings, () => attempt(call, Math.max(1, remainingMs)));
      const pauseMs = number < attempts ? pauseBefore(outcome, call, number) : undefined;
      const leftMs = settings.timeoutMs - (settings.now() - startedMs);
      if (pauseMs !== undefined && pauseMs < leftMs) {
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        continue;
      }
      if (outcome instanceof WireError) throw exchangeFailure(outcome, call.act, place);
      const answer = readAnswer(call, outcome);
      if (answer.status >= 300 && answer.status < 400) throw redirectFailure(answer, place);
      return answer;
    }
  }

  async function close(): Promise<void> {
    const opened = await dispatcher?.catch(() => undefined);
    dispatcher = undefined;
    await opened?.destroy();
  }

  return { origin: base.origin, send, close };
}

function wireRequest(call: Call, base: URL, settings: RemoteSettings, remainingMs: number): WireRequest {
  const id = encodeURIComponent(call.id ?? '');
  return {
    origin: base.origin,
    path: base.pathname.replace(/\/+$/, '') + call.path.replace('{id}', id),
    method: call.method,
    ...encode(call, settings),
    remainingMs,
    maxBodyBytes: call.act === 'reveal' ? MAX_REVEAL_BYTES : MAX_ANSWER_BYTES,
  };
}

function encode(
  call: Call,
  settings: RemoteSettings,
): { headers: Record<string, string>; body: string | undefined } {
  const headers = {
    accept: 'application/json',
    // Without this header any encoding would be welcome, and none is undone here.
    'accept-encoding': 'identity',
    // Some messages are localised, and old versions have nothing else to tell one error from another.
    'accept-language': 'en',
    'user-agent': settings.userAgent ?? 'ots',
    ...(call.authenticate === true ? basicAuth(settings.credentials) : {}),
  };
  if (call.json !== undefined) {
    return { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(call.json) };
  }
  if (call.form !== undefined) {
    const body = new URLSearchParams(call.form).toString();
    return { headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' }, body };
  }
  return { headers, body: undefined };
}

function basicAuth(credentials: Credentials | undefined): Record<string, string> {
  if (credentials === undefined) return {};
  const { username, token } = credentials;
  return { authorization: `Basic ${Buffer.from(`${username}:${token}`).toString('base64')}` };
}

/** Runs one attempt and writes its log line; a failed exchange is a value here. */
async function logged(
  call: Call,
  settings: RemoteSettings,
  attempt: () => Promise<WireAnswer>,
): Promise<WireAnswer | WireError> {
  const startedMs = settings.now();
  let outcome: WireAnswer | WireError;
  try {
    outcome = await attempt();
  } catch (error) {
    if (error instanceof OtsError) throw error;
    outcome = error instanceof WireError ? error : new WireError('UNKNOWN', false, false, error);
  }
  const result = outcome instanceof WireError ? outcome.code.replace(DEADLINE, 'timeout') : outcome.status;
  settings.log?.(
    `${call.method} ${call.path.replace('{id}', '…')} ${result} ${Math.round(settings.now() - startedMs)} ms`,
  );
  return outcome;
}

/** Milliseconds to wait before sending again, or undefined when this was final. */
function pauseBefore(outcome: WireAnswer | WireError, call: Call, number: number): number | undefined {
  const backoffMs = BACKOFF_MS * 2 ** (number - 1) * (0.5 + Math.random());
  if (outcome instanceof WireError) {
    const again = creates(call.act) ? isRefused(outcome) : isPassing(outcome);
    return again ? backoffMs : undefined;
  }
  if (creates(call.act) || !PASSING_STATUS.has(outcome.status)) return undefined;
  return Math.max(backoffMs, (retryAfterSeconds(outcome.headers) ?? 0) * 1000);
}

/** Whole seconds of a Retry-After header; dates are ignored. */
export function retryAfterSeconds(headers: ReadonlyMap<string, string>): number | undefined {
  const value = headers.get('retry-after');
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}

function readAnswer(call: Call, { status, headers, body }: WireAnswer): Answer {
  const type = headers.get('content-type') ?? '';
  if (body.trim() === '') return { call, status, headers, json: undefined, body: 'empty' };
  // Without a type the body decides: some gateways drop it.
  const claimsJson = /\bjson\b/i.test(type) || (type === '' && /^\s*[[{]/.test(body));
  if (!claimsJson) {
    const html = /\bhtml\b/i.test(type) || /^\s*<(!doctype|html)/i.test(body);
    return { call, status, headers, json: undefined, body: html ? 'html' : 'other' };
  }
  try {
    return { call, status, headers, json: JSON.parse(body) as unknown, body: 'json' };
  } catch {
    return { call, status, headers, json: undefined, body: 'broken' };
  }
}
