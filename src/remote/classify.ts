/**
 * What a server's refusal means. v1 answers 404 to everything and tells causes apart by `message` and, from 0.24.6,
 * by a header; v2 and v3 use statuses, but each era its own (0.18: 400, 0.19 to 0.23: 422 and 500, later: 422).
 *
 * Two 404 that must not be mixed up: "no such secret" is an answer, "no such route" means that the server does not
 * speak this dialect, and says nothing about the secret.
 */

import { formatDuration } from '../core/durations.ts';
import { OtsError } from '../core/errors.ts';
import { type Act, type Answer, creates } from './call.ts';
import { aftermath, unreadableFailure } from './failures.ts';
import { fields, text, whole } from './fields.ts';
import { retryAfterSeconds } from './transport.ts';
import type { Dialect } from './types.ts';
import { quoted, serverText } from './words.ts';

const WRONG_PASSPHRASE = /^(incorrect passphrase|double check that passphrase)/i;
const RATE_LIMITED = /rate limit|too many (incorrect|failed|attempts|requests|tries)/i;
const ACCOUNT_NEEDED = /account is required/i;

/** Whether the server said that it crashed, which versions to 0.25 also say of locked secrets and wrong passphrases. */
export function isCrash(answer: Answer): boolean {
  const said = serverText(answer) ?? '';
  return fields(answer.json) !== undefined && /^an (unexpected )?error occurred/i.test(said);
}

/** Whether the answer says that the server has no such route, as opposed to no such secret. */
export function isNoRoute(answer: Answer, dialect: Dialect): boolean {
  if (answer.status !== 404) return false;
  const json = fields(answer.json);
  // 0.15 answers unknown routes in plain text, the web application of others with its page.
  if (json === undefined) return answer.body === 'other' || answer.body === 'html';
  if (text(json, 'secret_key') !== undefined) return false;
  if (text(json, 'error') === 'Not Found') return true;
  // 0.18 to 0.20: v2 says so in `message`; v1 says the same words for a key that is too short.
  return dialect !== 'v1' && text(json, 'message') === 'Not Found';
}

/** The error for a route that is not there. */
export function noRoute(answer: Answer, origin: string, dialect: Dialect): OtsError {
  const hint = 'use --api auto, or --api v1';
  return new OtsError(
    'network',
    `${origin} does not know this request: it does not speak ${dialect} as expected`,
    {
      hint: answer.call.act === 'reveal' ? `nothing was spent; ${hint}` : hint,
    },
  );
}

/** What a secret that is gone means, until more is known. */
export const ALARM =
  'if you have not opened it yourself, treat it as read by someone else and have it replaced';

/** The error for a secret or receipt that the server does not have, in the words of what was wanted. */
export function absent(act: Act, origin: string): OtsError {
  if (act === 'receipt' || act === 'burn') {
    const hint = 'a receipt lives about twice as long as its secret';
    return new OtsError('not_found', `${origin} has no such receipt: it never existed, or is too old`, {
      hint,
    });
  }
  const message = `${origin} has no such secret: it was viewed, burned, has expired, or never existed`;
  return new OtsError('not_found', message, { hint: ALARM });
}

/** The error for a passphrase that the server refused. Nothing is spent by it. */
export function wrongPassphrase(answer: Answer, origin: string): OtsError {
  const given = (answer.call.privates ?? []).some((secret) => secret !== undefined);
  const message = given ? `${origin} refused the passphrase` : `${origin} demands a passphrase`;
  const how = given ? 'mind the lock-out' : 'give it with --passphrase or --passphrase-file';
  return new OtsError('wrong_passphrase', message, { hint: `nothing was spent; ${how}` });
}

function unauthorized(answer: Answer, origin: string): OtsError {
  const said = serverText(answer) ?? '';
  const code = text(fields(answer.json), 'code') ?? '';
  let hint = 'check the user name and the API token';
  if (/^GUEST_/.test(code) || /guest/i.test(said))
    hint = 'this server wants an account for that: ots login, or set OTS_USERNAME and OTS_TOKEN';
  else if (ACCOUNT_NEEDED.test(said) || /AUTH_HEADER_MISSING/.test(said))
    hint = 'ots login, or set OTS_USERNAME and OTS_TOKEN';
  else if (/strategy not configured|is not available/i.test(said)) {
    hint = 'accounts are switched off on this server: do without credentials, or try --api v3';
  }
  return new OtsError('unauthorized', `${origin} does not allow this${quoted(answer)}`, { hint });
}

function rateLimited(answer: Answer, origin: string): OtsError {
  const seconds = retryAfterSeconds(answer.headers) ?? whole(fields(answer.json), 'retry_after');
  const wait = seconds === undefined ? 'wait' : `wait ${formatDuration(seconds)}`;
  const details = { retryAfterSeconds: seconds, hint: `${wait}, then try again; nothing was spent` };
  return new OtsError(
    'rate_limited',
    `${origin} refuses for now: too many attempts${quoted(answer)}`,
    details,
  );
}

function refused(answer: Answer, origin: string): OtsError {
  const said = serverText(answer) ?? '';
  // 0.24.0 reads the secret under another name than v1 sends.
  const hint = /did not provide anything/i.test(said)
    ? 'v1 is broken on some versions; try --api v2'
    : 'nothing was stored';
  return new OtsError('refused', `${origin} refuses this secret${quoted(answer)}`, { hint });
}

function serverFailed(answer: Answer, origin: string): OtsError {
  // A key mismatch is found before anything is claimed. Source: 0.26, SecretUndecryptable.
  const intact = text(fields(answer.json), 'error_type') === 'SecretUndecryptable';
  const after = intact
    ? { hint: 'nothing was spent; the server cannot decrypt at present' }
    : aftermath(answer.call.act);
  const message = `${origin} failed (${answer.status})${quoted(answer)}`;
  return new OtsError('network', message, { ...after, hint: after.hint ?? 'try again later' });
}

/** The error for an answer of v2 or v3 that is not the wanted one. */
export function classifyJson(answer: Answer, origin: string, dialect: 'v2' | 'v3'): OtsError {
  const { status, call } = answer;
  const json = fields(answer.json);
  const said = serverText(answer) ?? '';
  if (status === 429 || (json !== undefined && status >= 400 && RATE_LIMITED.test(said)))
    return rateLimited(answer, origin);
  if (isNoRoute(answer, dialect)) return noRoute(answer, origin, dialect);
  if (json === undefined || status < 400) return unreadableFailure(answer, origin);
  if (status === 404) return absent(call.act, origin);
  if (ACCOUNT_NEEDED.test(said) || status === 401) return unauthorized(answer, origin);
  if (status === 403)
    return isContentRefusal(answer) ? refused(answer, origin) : unauthorized(answer, origin);
  if (isWrongPassphrase(answer)) return wrongPassphrase(answer, origin);
  if (status < 500 && creates(call.act)) return refused(answer, origin);
  return serverFailed(answer, origin);
}

/** 403 is also the answer to a domain, or a lifetime, that this caller may not use. */
function isContentRefusal(answer: Answer): boolean {
  const type = text(fields(answer.json), 'error_type');
  return (
    creates(answer.call.act) &&
    (type === 'EntitlementRequired' || /\bdomain\b/i.test(serverText(answer) ?? ''))
  );
}

function isWrongPassphrase(answer: Answer): boolean {
  const { act } = answer.call;
  if (act !== 'reveal' && act !== 'burn') return false;
  if (WRONG_PASSPHRASE.test(serverText(answer) ?? '')) return true;
  // The text may be in another language; on these two routes 422 without a field has no other cause.
  return answer.status === 422 && text(fields(answer.json), 'field') === undefined;
}

/** The error for an answer of v1 that is not the wanted one. */
export function classifyV1(answer: Answer, origin: string): OtsError {
  const { call } = answer;
  if (answer.status === 429) return rateLimited(answer, origin);
  if (isNoRoute(answer, 'v1')) return noRoute(answer, origin, 'v1');
  const json = fields(answer.json);
  if (json === undefined || answer.status < 400) return unreadableFailure(answer, origin);
  const said = text(json, 'message') ?? '';
  if (answer.headers.get('x-ots-intended-status') === '401' || /^not authorized/i.test(said)) {
    return unauthorized(answer, origin);
  }
  if (/is not available$/.test(said) || ACCOUNT_NEEDED.test(said)) return unauthorized(answer, origin);
  if (said === 'Unknown secret' || said === 'Not Found') return absent(call.act, origin);
  if (RATE_LIMITED.test(said)) return rateLimited(answer, origin);
  if (WRONG_PASSPHRASE.test(said)) return wrongPassphrase(answer, origin);
  if (!isCrash(answer) && answer.status < 500 && said !== '' && creates(call.act))
    return refused(answer, origin);
  return serverFailed(answer, origin);
}
