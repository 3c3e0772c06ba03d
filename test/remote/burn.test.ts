/**
 * Traps of burning that the recordings do not show, by the version that has them.
 */

import { afterEach, describe, expect, it } from 'vitest';
import { byMethod, receiptRecord, UNEXPECTED } from '../support/remote-answers.ts';
import { closeAll, failureOf, RECEIPT_ID, rig, SECRET_ID } from '../support/remote-open.ts';
import type { Reply } from '../support/remote-serve.ts';

afterEach(closeAll);

const OPTIONS = { passphrase: 'a-passphrase' };

describe('burn', () => {
  it.each([
    { name: 'a bare success', post: { json: { success: true } }, state: 'burned' },
    { name: 'a bare success', post: { json: { success: true } }, state: 'revealed' },
    { name: 'success false', post: { json: { success: false, record: {} } }, state: 'expired' },
    { name: 'success null', post: { json: { success: null, record: {} } }, state: 'orphaned' },
    {
      name: '"could not be burned"',
      post: { status: 500, json: { message: 'Secret could not be burned.' } },
      state: 'received',
    },
  ] as const)('that answers $name looks at the receipt: $state', async ({ post, state }) => {
    const of = await rig(byMethod(receiptRecord(state), post));
    const words = { received: 'revealed', orphaned: 'gone' } as Record<string, string>;
    expect(await of.remote.burn(RECEIPT_ID)).toEqual({ burnedNow: false, state: words[state] ?? state });
    expect(of.count('POST', '')).toBe(1);
  });

  it('is a failure when the secret is still there', async () => {
    const of = await rig(byMethod(receiptRecord('new'), { json: { success: false, record: {} } }));
    const error = await failureOf(of.remote.burn(RECEIPT_ID));
    expect(error).toMatchObject({ code: 'network', ambiguous: false });
    expect(error.message).toContain('still there');
  });

  it('is ambiguous when the receipt cannot be read', async () => {
    const of = await rig(byMethod({ status: 500, body: '' }, { json: { success: true } }));
    expect(await failureOf(of.remote.burn(RECEIPT_ID))).toMatchObject({ code: 'network', ambiguous: true });
  });

  it('of 0.18 that crashes on a wrong passphrase says so', async () => {
    const post: Reply = { status: 400, json: UNEXPECTED };
    const facts = { generation: 'old', version: '0.18.3' } as const;
    const of = await rig(byMethod(receiptRecord('new', true), post), facts);
    expect((await failureOf(of.remote.burn(RECEIPT_ID, OPTIONS))).code).toBe('wrong_passphrase');
  });

  it('of v1 tells the lock of 0.26 from the crash of 0.18', async () => {
    const live: Reply = {
      json: { metadata_key: RECEIPT_ID, secret_key: SECRET_ID, state: 'new', passphrase_required: true },
    };
    const json = { message: 'An unexpected error occurred :[' };
    const old = await rig(byMethod(live, { status: 404, json }), {}, { api: 'v1' });
    expect((await failureOf(old.remote.burn(RECEIPT_ID, OPTIONS))).code).toBe('wrong_passphrase');
    const headers = { 'x-ots-intended-status': '400' };
    const current = await rig(byMethod(live, { status: 404, json, headers }), {}, { api: 'v1' });
    expect((await failureOf(current.remote.burn(RECEIPT_ID, OPTIONS))).code).toBe('rate_limited');
  });
});
