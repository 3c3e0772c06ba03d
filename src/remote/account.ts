/**
 * What needs an account: whose credentials these are, and its receipts. v1 knows the first on nearly every version,
 * v2 the second on all that have it; where one fails the other is asked.
 */

import { OtsError } from '../core/errors.ts';
import type { Answer, Call } from './call.ts';
import { isCrash, isNoRoute } from './classify.ts';
import { fields, member, section, text } from './fields.ts';
import { readReceipt } from './records.ts';
import type { ReceiptInfo } from './types.ts';
import { readV1Receipt } from './v1-records.ts';
import type { Wire } from './wire.ts';

const V1_RECENT = '/api/v1/private/recent';

function v2Recent(wire: Wire): string | undefined {
  if (wire.facts?.generation === 'v1only') return undefined;
  // Up to 0.20 only `/private`; later versions still know it, but their own word is asked where the version is known.
  return wire.facts?.generation === 'current' ? '/api/v2/receipt/recent' : '/api/v2/private/recent';
}

function isMissing(answer: Answer): boolean {
  return isNoRoute(answer, 'v1') || isNoRoute(answer, 'v2');
}

/**
 * Asks the server whose the credentials are.
 *
 * @returns undefined without credentials.
 * @throws OtsError `unauthorized` when the server does not accept them.
 */
export async function verifyCredentials(wire: Wire): Promise<{ username: string } | undefined> {
  const { credentials } = wire;
  if (credentials === undefined) return undefined;
  const ask = (path: string): Call => ({ act: 'whoami', method: 'GET', path, authenticate: true });
  const answer = await wire.send(ask('/api/v1/authcheck'));
  if (answer.status === 200 && text(fields(answer.json), 'status') === 'nominal')
    return { username: credentials.username };
  // 0.15 has no authcheck; 0.24.0 and 0.24.1 have no usable v1 at all. Lists are for accounts only.
  if (isMissing(answer) || answer.status === 200 || answer.status === 401) {
    for (const path of [V1_RECENT, v2Recent(wire)]) {
      const list = path === undefined ? undefined : await wire.send(ask(path));
      if (list !== undefined && readList(list) !== undefined) return { username: credentials.username };
      if (list !== undefined && !isMissing(list) && !isCrash(list)) throw wire.failure(list);
    }
  }
  throw wire.failure(answer);
}

/** The receipts of a list's answer; undefined when it is no list. */
function readList(answer: Answer): ReceiptInfo[] | undefined {
  if (answer.status !== 200) return undefined;
  const records = member(fields(answer.json), 'records');
  const isV1 = Array.isArray(answer.json);
  const list: unknown = isV1 ? answer.json : records;
  if (!Array.isArray(list)) return undefined;
  const receipts: ReceiptInfo[] = [];
  for (const entry of list as unknown[]) {
    const record = fields(entry);
    const receipt = isV1 ? readV1Receipt(record, 'list') : readReceipt(record, section(record, 'details'));
    if (receipt !== undefined) receipts.push(receipt);
  }
  if (receipts.length === 0 && list.length > 0) return undefined;
  return receipts.sort((one, other) => (other.createdAtSeconds ?? 0) - (one.createdAtSeconds ?? 0));
}

/**
 * The account's receipts, newest first: from v2 where there is one, else, and where it fails, from v1.
 *
 * @throws OtsError `unauthorized` without credentials or when they are not accepted.
 */
export async function recentReceipts(wire: Wire): Promise<ReceiptInfo[]> {
  if (wire.credentials === undefined) {
    throw new OtsError('unauthorized', `${wire.origin} lists receipts only for those with an account`, {
      hint: 'ots login, or set OTS_USERNAME and OTS_TOKEN',
    });
  }
  const paths = wire.dialect === 'v1' ? [V1_RECENT, v2Recent(wire)] : [v2Recent(wire), V1_RECENT];
  let first: Answer | undefined;
  for (const path of paths) {
    if (path === undefined) continue;
    const answer = await wire.send({ act: 'recent', method: 'GET', path, authenticate: true });
    const receipts = readList(answer);
    if (receipts !== undefined) return receipts;
    first ??= answer;
    // 0.21 to 0.23: the list of v1 crashes, that of v2 works.
    if (!isMissing(answer) && !isCrash(answer)) break;
  }
  if (first === undefined) throw new OtsError('network', `${wire.origin} has no list of receipts`);
  throw wire.failure(first);
}
