/**
 * How v2 and v3 say no: a status that means something, and a body with `error`, `error_type`, `field` and
 * `request_id`, absent where there is nothing to say. Source: Onetime Secret API v2, "errors", v0.26.6.
 */

import { emptyAnswer, jsonAnswer } from '../answers.ts';
import type { Refusal, Rules } from '../creation.ts';
import { newRequestId } from '../identifiers.ts';
import type { Lock } from '../lockout.ts';

export const JSON_TYPE = 'application/json';

interface Problem {
  error?: string;
  error_type?: string;
  field?: string;
}

function problem(status: number, members: Problem): Response {
  return jsonAnswer(JSON_TYPE, status, { ...members, request_id: newRequestId() });
}

/** A secret that is gone looks like one that never was. */
export function notFound(error?: string): Response {
  return problem(404, { ...(error === undefined ? {} : { error }), error_type: 'RecordNotFound' });
}

export function noRoute(): Response {
  return jsonAnswer(JSON_TYPE, 404, { error: 'Not Found', error_type: 'NotFound' });
}

export function unprocessable(error: string): Response {
  return problem(422, { error });
}

export function notOwner(): Response {
  return problem(401, { error: 'Not authorized to update this receipt', error_type: 'Unauthorized' });
}

export function unauthenticated(message: string, nowMs: number): Response {
  const timestamp = Math.floor(nowMs / 1000);
  return jsonAnswer(JSON_TYPE, 401, { error: 'Authentication Required', message, timestamp });
}

export function locked(lock: Lock): Response {
  const value = {
    error: 'Too many incorrect passphrase attempts. Please try again later.',
    error_type: 'LimitExceeded',
    retry_after: lock.retryAfterSeconds,
    max_attempts: lock.maxAttempts,
    request_id: newRequestId(),
  };
  return jsonAnswer(JSON_TYPE, 429, value, { 'retry-after': String(lock.retryAfterSeconds) });
}

export function refusedBody(why: 'malformed' | 'too_large'): Response {
  return emptyAnswer(why === 'malformed' ? 400 : 413);
}

export function rateLimited(retryAfterSeconds: number): Response {
  const value = {
    error: 'Rate limit exceeded. Please try again later.',
    error_type: 'LimitExceeded',
    retry_after: retryAfterSeconds,
    request_id: newRequestId(),
  };
  return jsonAnswer(JSON_TYPE, 429, value, { 'retry-after': String(retryAfterSeconds) });
}

export function malformedClaim(): Response {
  return problem(422, {
    error: 'Claim must be 32 bytes in base64url',
    error_type: 'invalid',
    field: 'claim',
  });
}

export function refusedCreation(reason: Refusal, rules: Rules): Response {
  switch (reason) {
    case 'malformed':
      return unprocessable('Incorrect payload format');
    case 'empty':
      return problem(422, {
        error: 'You did not provide anything to share',
        error_type: 'missing',
        field: 'secret',
      });
    case 'too_large': {
      const error = `Secret content must be no more than ${rules.maxTextBytes} bytes long`;
      return problem(422, { error, field: 'secret' });
    }
    case 'passphrase_short':
      return unprocessable(`Passphrase must be at least ${rules.minPassphraseCharacters} characters long`);
    case 'passphrase_required':
      return unprocessable('A passphrase is required for all secrets');
    case 'passphrase_long':
      return unprocessable('Passphrase must be no more than 128 characters long');
    case 'recipient':
      return problem(401, { error: 'An account is required to send emails.', error_type: 'Unauthorized' });
    case 'no_mail':
      return unprocessable('This server sends no emails');
    case 'length':
      return unprocessable('Generated password length must be at least 1 character');
    case 'length_long':
      return unprocessable('Generated password length must be no more than 128 characters');
  }
}
