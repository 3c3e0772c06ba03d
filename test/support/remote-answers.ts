/**
 * Answers of servers that many tests need.
 */

import { RECEIPT_ID, SECRET_ID } from './remote-open.ts';
import type { Asked, Reply } from './remote-serve.ts';

export const ACCOUNT = { username: 'a@example.com', token: 'token' };

/** What 0.24 and later say of a crash. */
export const INTERNAL: Reply = {
  status: 500,
  json: { error: 'Internal Server Error', message: 'An error occurred. Please try again later.' },
};

/** What versions up to 0.23 say of one. */
export const UNEXPECTED = { message: 'An unexpected error occurred :[', success: false };

function secretRecord(hasPassphrase: boolean): Reply {
  return {
    json: { record: { identifier: SECRET_ID, state: 'new', has_passphrase: hasPassphrase }, details: {} },
  };
}

/** The receipt of v2 and v3. */
export function receiptRecord(state: string, hasPassphrase = false): Reply {
  return { json: { record: { identifier: RECEIPT_ID, state, has_passphrase: hasPassphrase }, details: {} } };
}

/** What v2 or v3 say of a secret's status. */
export const STATUS = {
  protected: secretRecord(true),
  open: secretRecord(false),
  gone: { json: { record: { state: 'unknown' } } } satisfies Reply,
  absent: { status: 404, json: { error: 'Not Found' } } satisfies Reply,
};

/** One answer to every GET, another to every POST. */
export function byMethod(get: Reply, post: Reply): (asked: Asked) => Reply {
  return ({ method }) => (method === 'GET' ? get : post);
}
