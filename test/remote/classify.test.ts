/**
 * The refusals of every era, as one table: what was asked, what came back, which code it is.
 */

import { afterEach, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/core/errors.ts';
import type { Dialect } from '../../src/remote/types.ts';
import { closeAll, failureOf, RECEIPT_ID, type Rig, rig, SECRET_ID } from '../support/remote-open.ts';

afterEach(closeAll);

const ACTS = {
  conceal: ({ remote }: Rig) => remote.conceal({ text: 'x', ttlSeconds: 60, passphrase: 'abc' }),
  reveal: ({ remote }: Rig) => remote.reveal(SECRET_ID, { passphrase: 'abc' }),
  burn: ({ remote }: Rig) => remote.burn(RECEIPT_ID, { passphrase: 'abc' }),
  receipt: ({ remote }: Rig) => remote.receipt(RECEIPT_ID),
  status: ({ remote }: Rig) => remote.status(SECRET_ID),
};

interface Row {
  api: Dialect;
  act: keyof typeof ACTS;
  status: number;
  json: unknown;
  headers?: Record<string, string>;
  code: ErrorCode;
  hint?: RegExp;
  retryAfterSeconds?: number;
}

const LOCKED = 'Too many incorrect passphrase attempts. Please try again later.';
const ACCOUNT_NEEDED = 'An account is required to send emails.';

// biome-ignore format: one row a line reads better
const ROWS: Row[] = [
  // v1: 404 to everything.
  { api: 'v1', act: 'conceal', status: 404, json: { message: 'You did not provide anything to share' }, code: 'refused', hint: /--api v2/ },
  { api: 'v1', act: 'conceal', status: 404, json: { message: 'Secret value exceeds the maximum size of 10000 characters' }, code: 'refused' },
  { api: 'v1', act: 'conceal', status: 404, json: { shrimp: 'x', message: 'Passphrase must be at least 8 characters long' }, code: 'refused' },
  { api: 'v1', act: 'conceal', status: 404, json: { message: ACCOUNT_NEEDED }, code: 'unauthorized', hint: /OTS_TOKEN/ },
  { api: 'v1', act: 'conceal', status: 404, json: { message: 'Unknown domain: d.example' }, code: 'refused' },
  { api: 'v1', act: 'conceal', status: 404, json: { message: 'Not authorized' }, code: 'unauthorized' },
  { api: 'v1', act: 'reveal', status: 404, json: { message: 'Nicht erlaubt' }, headers: { 'x-ots-intended-status': '401' }, code: 'unauthorized' },
  { api: 'v1', act: 'conceal', status: 404, json: { message: '/api/v1/share is not available' }, code: 'unauthorized', hint: /switched off/ },
  { api: 'v1', act: 'conceal', status: 404, json: { message: 'Rate limit exceeded. Please try again later.' }, code: 'rate_limited' },
  { api: 'v1', act: 'reveal', status: 404, json: { message: 'Cripes! You have been rate limited.' }, code: 'rate_limited' },
  { api: 'v1', act: 'burn', status: 404, json: { message: 'Double check that passphrase' }, code: 'wrong_passphrase' },
  { api: 'v1', act: 'receipt', status: 404, json: { secret_key: RECEIPT_ID, message: 'Unknown secret' }, code: 'not_found' },
  { api: 'v1', act: 'receipt', status: 404, json: { message: 'Not Found' }, code: 'not_found' },
  { api: 'v1', act: 'receipt', status: 404, json: { error: 'Not Found' }, code: 'network', hint: /--api/ },
  { api: 'v1', act: 'reveal', status: 404, json: { error: 'Not Found' }, code: 'network', hint: /nothing was spent/ },
  { api: 'v1', act: 'conceal', status: 404, json: { message: 'An unexpected error occurred :[' }, code: 'network' },
  { api: 'v1', act: 'conceal', status: 404, json: {}, code: 'network' },
  { api: 'v1', act: 'conceal', status: 401, json: { error: 'strategy' }, code: 'network' },
  // v2 of 0.18: 400.
  { api: 'v2', act: 'reveal', status: 400, json: { message: 'Double check that passphrase', success: false }, code: 'wrong_passphrase' },
  { api: 'v2', act: 'reveal', status: 400, json: { message: 'Cripses! You have been rate limited.' }, code: 'rate_limited' },
  { api: 'v2', act: 'conceal', status: 400, json: { message: ACCOUNT_NEEDED, success: false }, code: 'unauthorized' },
  { api: 'v2', act: 'conceal', status: 400, json: { error: 'Failed to parse body as JSON' }, code: 'refused' },
  { api: 'v2', act: 'reveal', status: 404, json: { message: 'Not Found' }, code: 'network', hint: /nothing was spent/ },
  // v2 of 0.19 to 0.23.
  { api: 'v2', act: 'reveal', status: 422, json: { message: 'Incorrect passphrase', success: false }, code: 'wrong_passphrase' },
  { api: 'v2', act: 'reveal', status: 404, json: { secret_key: SECRET_ID, message: 'Unknown secret' }, code: 'not_found' },
  { api: 'v2', act: 'conceal', status: 403, json: { message: 'Not authorized' }, code: 'unauthorized' },
  { api: 'v2', act: 'burn', status: 429, json: { message: 'Cripes! You have been rate limited.', success: false }, code: 'rate_limited' },
  // v2 and v3 of 0.24.
  { api: 'v3', act: 'reveal', status: 422, json: { error: 'FormError', message: 'Incorrect passphrase' }, code: 'wrong_passphrase' },
  { api: 'v3', act: 'reveal', status: 404, json: { error: 'MissingSecret', message: null }, code: 'not_found' },
  { api: 'v3', act: 'receipt', status: 404, json: { error: 'MissingSecret', message: `identifier: ${RECEIPT_ID}` }, code: 'not_found' },
  { api: 'v3', act: 'conceal', status: 422, json: { error: 'requires_account', message: ACCOUNT_NEEDED, field: 'recipient' }, code: 'unauthorized' },
  { api: 'v3', act: 'reveal', status: 404, json: { error: 'Not Found' }, code: 'network' },
  // 0.25.
  { api: 'v3', act: 'burn', status: 422, json: { error: 'Double check that passphrase' }, code: 'wrong_passphrase' },
  { api: 'v3', act: 'reveal', status: 422, json: { error: 'Falsche Passphrase' }, code: 'wrong_passphrase' },
  { api: 'v3', act: 'reveal', status: 404, json: { error_type: 'RecordNotFound' }, code: 'not_found' },
  { api: 'v3', act: 'reveal', status: 429, json: { error: LOCKED, error_type: 'LimitExceeded', retry_after: 1800 }, code: 'rate_limited', retryAfterSeconds: 1800 },
  // 0.26.
  { api: 'v3', act: 'reveal', status: 429, json: { error: LOCKED, retry_after: 1790 }, headers: { 'retry-after': '1780' }, code: 'rate_limited', retryAfterSeconds: 1780 },
  { api: 'v2', act: 'conceal', status: 401, json: { error: 'Authentication Required', message: '[CREDENTIALS_INVALID] Invalid credentials' }, code: 'unauthorized' },
  { api: 'v2', act: 'receipt', status: 401, json: { error: 'Authentication Required', message: '[AUTH_HEADER_MISSING] No' }, code: 'unauthorized', hint: /OTS_TOKEN/ },
  { api: 'v2', act: 'conceal', status: 401, json: { error: "Authentication strategy not configured: 'basicauth'" }, code: 'unauthorized', hint: /--api v3/ },
  { api: 'v3', act: 'conceal', status: 403, json: { error: 'Guest conceal is disabled', code: 'GUEST_CONCEAL_DISABLED' }, code: 'unauthorized', hint: /OTS_TOKEN/ },
  { api: 'v3', act: 'reveal', status: 403, json: { error: 'Guest API access is disabled', code: 'GUEST_ROUTES_DISABLED' }, code: 'unauthorized', hint: /OTS_TOKEN/ },
  { api: 'v3', act: 'conceal', status: 403, json: { error: 'You do not have permission to use domain: d', error_type: 'Forbidden' }, code: 'refused' },
  { api: 'v3', act: 'conceal', status: 403, json: { error: 'Feature requires', error_type: 'EntitlementRequired' }, code: 'refused' },
  { api: 'v3', act: 'conceal', status: 422, json: { error: 'Secret content must be no more than 10000 bytes long', field: 'secret' }, code: 'refused' },
  { api: 'v3', act: 'conceal', status: 422, json: { error: 'Passphrase must be at least 4 characters long' }, code: 'refused' },
  { api: 'v3', act: 'reveal', status: 503, json: { error: 'This secret cannot be decrypted right now.', error_type: 'SecretUndecryptable' }, code: 'network', hint: /nothing was spent/ },
  // What stands in front of servers.
  { api: 'v3', act: 'reveal', status: 429, json: '<html>', headers: { 'retry-after': '7' }, code: 'rate_limited', retryAfterSeconds: 7 },
  { api: 'v3', act: 'conceal', status: 413, json: '<html>', code: 'refused' },
  { api: 'v3', act: 'reveal', status: 403, json: '<html>', code: 'network' },
  { api: 'v1', act: 'conceal', status: 429, json: '<html>', code: 'rate_limited' },
];

describe.each(ROWS)('$api $act: $status $json', ({ api, act, status, json, headers = {}, ...expected }) => {
  it(`is ${expected.code}`, async () => {
    const reply = typeof json === 'string' ? { status, body: json, headers } : { status, json, headers };
    // What is asked afterwards is not known there.
    const of = await rig(
      ({ path }) => (path.includes('/status') && act !== 'status' ? { status: 404, body: '' } : reply),
      {},
      { api },
    );
    const error = await failureOf(ACTS[act](of));
    expect(error.code).toBe(expected.code);
    expect(error.hint ?? '').toMatch(expected.hint ?? /./s);
    if (expected.retryAfterSeconds !== undefined)
      expect(error.retryAfterSeconds).toBe(expected.retryAfterSeconds);
    expect(`${error.message} ${error.hint}`).not.toMatch(/ssss|rrrr/);
  });
});
