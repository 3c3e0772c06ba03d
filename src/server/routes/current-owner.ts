/** What v2 does for the owner of an account only: its list, and its notes on receipts. */

import type { Context } from 'hono';
import type { Account } from '../accounts.ts';
import { jsonAnswer } from '../answers.ts';
import { readBody } from '../body.ts';
import { pathIdentifier, type RouteContext } from '../context.ts';
import type { AccountHandler } from './current-acts.ts';
import { JSON_TYPE, notFound, notOwner, refusedBody, unprocessable } from './current-errors.ts';
import { receiptRecord } from './records.ts';

export interface OwnerActs {
  /** What the account made in the last 30 days. */
  recent: (c: Context, account: Account) => Promise<Response>;
  memo: AccountHandler;
}

const RECENT_SECONDS = 30 * 86_400;

/** The acts of an account over its own receipts. */
export function createOwnerActs(context: RouteContext): OwnerActs {
  return {
    async recent(_c, account) {
      const receipts = await context.secrets.recent(account);
      receipts.sort((one, other) => other.updatedAtMs - one.updatedAtMs);
      const records = receipts.map((receipt) => receiptRecord(receipt, 'v2'));
      const now = context.now() / 1000;
      const details = {
        type: 'list',
        scope: null,
        scope_label: null,
        since: Math.floor(now) - RECENT_SECONDS,
        now,
        has_items: records.length > 0,
        revealed_receipts: records.filter((record) => record['is_destroyed'] === true),
        pending_receipts: records.filter((record) => record['is_destroyed'] !== true),
      };
      const value = { success: true, custid: account.id, count: records.length, records, details };
      return jsonAnswer(JSON_TYPE, 200, value);
    },
    async memo(c, account) {
      const body = await readBody(c, context.bodyLimitBytes);
      if ('refused' in body) return refusedBody(body.refused);
      const memo = await context.secrets.setMemo(pathIdentifier(c), account, body.params.memo);
      switch (memo.outcome) {
        case 'unknown':
          return notFound();
        case 'not_owner':
          return notOwner();
        case 'malformed':
          return unprocessable('Incorrect payload format');
        case 'too_long':
          return unprocessable('Memo must be no more than 500 characters long');
        case 'set':
          return jsonAnswer(JSON_TYPE, 200, { record: receiptRecord(memo.receipt, 'v2') });
      }
    },
  };
}
