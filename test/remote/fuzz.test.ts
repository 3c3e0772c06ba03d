/**
 * Whatever JSON and whatever status a server answers: a value of the right type, or an OtsError.
 */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT_CODES, OtsError } from '../../src/core/errors.ts';
import type { ReceiptInfo, Remote } from '../../src/remote/types.ts';
import { closeAll, knowing, openAt, RECEIPT_ID, SECRET_ID, tracked } from '../support/remote-open.ts';
import { type Reply, serve } from '../support/remote-serve.ts';

/** Names and values that mean something to the client, in any combination. */
const NAMES = [
  ...[
    'record',
    'details',
    'records',
    'receipt',
    'metadata',
    'secret',
    'state',
    'success',
    'status',
    'message',
    'error',
  ],
  ...[
    'error_type',
    'code',
    'field',
    'retry_after',
    'identifier',
    'key',
    'secret_key',
    'metadata_key',
    'secret_value',
    'value',
  ],
  ...[
    'secret_ttl',
    'share_domain',
    'share_path',
    'has_passphrase',
    'is_truncated',
    'created',
    'owner_id',
    'version',
    '__proto__',
  ],
];
const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    'true',
    '',
    'new',
    'unknown',
    'received',
    'nominal',
    SECRET_ID,
    RECEIPT_ID,
  ),
  fc.constantFrom<unknown>(
    'Unknown secret',
    'Not Found',
    'An unexpected error occurred :[',
    'Incorrect passphrase',
    0,
    -1,
    1e300,
  ),
  fc.string(),
  fc.double(),
);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('json'), { maxKeys: 8 }),
  ),
}));
const status = fc.constantFrom(200, 200, 200, 201, 204, 400, 401, 403, 404, 404, 409, 413, 422, 429, 500);

let reply: Reply = 'hang';
let url = '';

beforeAll(async () => {
  url = tracked(await serve(() => reply)).url;
});
afterAll(closeAll);

type Check = (value: unknown) => void;
const isText: Check = (value) => expect(value).toEqual(expect.any(String));
const perhapsNumber: Check = (value) => expect(['undefined', 'number']).toContain(typeof value);

function isReceipt(value: unknown): void {
  const receipt = value as ReceiptInfo;
  isText(receipt.receiptId);
  isText(receipt.state);
  perhapsNumber(receipt.secretTtlSeconds);
  perhapsNumber(receipt.createdAtSeconds);
}

const ACTS: { act: string; run: (remote: Remote) => Promise<unknown>; check: Check }[] = [
  {
    act: 'reveal',
    run: (remote) => remote.reveal(SECRET_ID, { passphrase: 'x' }),
    check: (value) => isText((value as { text: unknown }).text),
  },
  {
    act: 'burn',
    run: (remote) => remote.burn(RECEIPT_ID),
    check: (value) => isText((value as { state: unknown }).state),
  },
  { act: 'receipt', run: (remote) => remote.receipt(RECEIPT_ID), check: isReceipt },
  {
    act: 'status',
    run: (remote) => remote.status(SECRET_ID),
    check: (value) => isText((value as { state: unknown }).state),
  },
  {
    act: 'recent',
    run: (remote) => remote.recent(),
    check: (value) => (value as unknown[]).forEach(isReceipt),
  },
  {
    act: 'whoAmI',
    run: (remote) => remote.whoAmI(),
    check: (value) => expect(['undefined', 'object']).toContain(typeof value),
  },
  { act: 'ping', run: (remote) => remote.ping(), check: (value) => expect(value).toBeUndefined() },
  {
    act: 'conceal',
    run: (remote) => remote.conceal({ text: 'x', ttlSeconds: 60 }),
    check: (value) => isText((value as { secretId: unknown }).secretId),
  },
  {
    act: 'generate',
    run: (remote) => remote.generate({ ttlSeconds: 60 }),
    check: (value) => isText((value as { receiptId: unknown }).receiptId),
  },
];

describe.each(['v1', 'v2 old', 'v2', 'v3'])('%s', (spoken) => {
  it.each(ACTS)('$act', async ({ run, check }) => {
    const api = spoken.slice(0, 2) as 'v1' | 'v2' | 'v3';
    const memory = knowing({ generation: spoken === 'v2 old' ? 'old' : 'current', probedAtMs: 0 });
    const credentials = api === 'v3' ? undefined : { username: 'a@b', token: 't' };
    const remote = await openAt(url, { api, memory, credentials, now: () => 1 });
    await fc.assert(
      fc.asyncProperty(status, json, async (code, body) => {
        reply = { status: code, json: body };
        let value: unknown;
        try {
          value = await run(remote);
        } catch (error) {
          expect(error).toBeInstanceOf(OtsError);
          expect(Object.keys(EXIT_CODES)).toContain((error as OtsError).code);
          expect((error as OtsError).message).not.toContain('\n');
          return;
        }
        check(value);
      }),
      { numRuns: 100 },
    );
  });
});

it('opening', async () => {
  await fc.assert(
    fc.asyncProperty(status, json, async (code, body) => {
      reply = { status: code, json: body };
      try {
        await (await openAt(url)).close();
      } catch (error) {
        expect(error).toBeInstanceOf(OtsError);
      }
    }),
    { numRuns: 100 },
  );
});
