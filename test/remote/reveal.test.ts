/**
 * Traps of revealing that the recordings do not show, by the version that has them.
 */

import { afterEach, describe, expect, it } from 'vitest';
import { byMethod, INTERNAL, STATUS, UNEXPECTED } from '../support/remote-answers.ts';
import { closeAll, failureOf, RECEIPT_ID, rig, SECRET_ID } from '../support/remote-open.ts';
import type { Reply } from '../support/remote-serve.ts';

afterEach(closeAll);

const OPTIONS = { passphrase: 'a-passphrase' };

describe('a crash on reveal', () => {
  it.each([
    {
      version: '0.24.7',
      generation: 'current',
      status: 'protected',
      post: INTERNAL,
      code: 'rate_limited',
      ambiguous: false,
    },
    {
      version: '0.24.7',
      generation: 'current',
      status: 'open',
      post: INTERNAL,
      code: 'network',
      ambiguous: false,
    },
    {
      version: '0.24.7',
      generation: 'current',
      status: 'gone',
      post: INTERNAL,
      code: 'network',
      ambiguous: true,
    },
    {
      version: '0.24.7',
      generation: 'current',
      status: 'absent',
      post: INTERNAL,
      code: 'network',
      ambiguous: true,
    },
    {
      version: '0.20.0',
      generation: 'old',
      status: 'protected',
      post: { status: 500, json: UNEXPECTED },
      code: 'wrong_passphrase',
      ambiguous: false,
    },
    {
      version: '0.20.0',
      generation: 'old',
      status: 'open',
      post: { status: 500, json: UNEXPECTED },
      code: 'network',
      ambiguous: false,
    },
    {
      version: '0.23.6',
      generation: 'old',
      status: 'protected',
      post: { status: 500, json: UNEXPECTED },
      code: 'network',
      ambiguous: false,
    },
  ] as const)(
    'of $version, secret then $status: $code',
    async ({ version, generation, status, post, code, ambiguous }) => {
      const of = await rig(byMethod(STATUS[status], post), { generation, version });
      const error = await failureOf(of.remote.reveal(SECRET_ID, OPTIONS));
      expect(error).toMatchObject({ code, ambiguous });
      expect(of.count('POST', '')).toBe(1);
    },
  );

  it.each([
    { status: 'protected', passphrase: 'x', code: 'rate_limited', ambiguous: false },
    { status: 'absent', passphrase: 'x', code: 'rate_limited', ambiguous: true },
    { status: 'absent', passphrase: undefined, code: 'network', ambiguous: true },
    { status: 'open', passphrase: undefined, code: 'network', ambiguous: false },
    { status: 'gone', passphrase: 'x', code: 'network', ambiguous: true },
  ] as const)(
    'of v1, secret then $status, passphrase $passphrase: $code',
    async ({ status, passphrase, code, ambiguous }) => {
      const post: Reply = { status: 404, json: { message: 'An unexpected error occurred :[' } };
      const of = await rig(byMethod(STATUS[status], post), {}, { api: 'v1' });
      expect(await failureOf(of.remote.reveal(SECRET_ID, { passphrase }))).toMatchObject({ code, ambiguous });
    },
  );
});

describe('v1 "Unknown secret"', () => {
  const post: Reply = { status: 404, json: { secret_key: SECRET_ID, message: 'Unknown secret' } };

  it.each([
    { status: 'protected', code: 'wrong_passphrase', ambiguous: false },
    { status: 'gone', code: 'not_found', ambiguous: false },
    { status: 'absent', code: 'not_found', ambiguous: true },
    { status: 'open', code: 'network', ambiguous: false },
  ] as const)('with v2 saying $status is $code', async ({ status, code, ambiguous }) => {
    const of = await rig(byMethod(STATUS[status], post), {}, { api: 'v1' });
    expect(await failureOf(of.remote.reveal(SECRET_ID, OPTIONS))).toMatchObject({ code, ambiguous });
    expect(of.count('POST', '')).toBe(1);
  });

  it('asks nobody else where there is no v2', async () => {
    const of = await rig(() => post, { generation: 'v1only' });
    expect(await failureOf(of.remote.reveal(SECRET_ID))).toMatchObject({
      code: 'not_found',
      ambiguous: true,
    });
    expect(of.server.asked).toHaveLength(1);
    expect((await of.remote.status(SECRET_ID)).state).toBe('unknown');
    expect(of.server.asked).toHaveLength(1);
  });
});

describe('a reveal without a value', () => {
  it.each([{}, { secret_value: null }, { secret_value: '' }])('is none: %j', async (record) => {
    const of = await rig(() => ({ json: { record, details: { show_secret: false } } }));
    expect((await failureOf(of.remote.reveal(SECRET_ID))).code).toBe('not_found');
  });

  it('of v1 is none either', async () => {
    const of = await rig(() => ({ json: { secret_key: SECRET_ID } }), {}, { api: 'v1' });
    expect((await failureOf(of.remote.reveal(SECRET_ID))).code).toBe('not_found');
  });

  it('from 0.24.1, whose v1 wraps its answers, is not understood', async () => {
    const of = await rig(() => ({ json: { success: true, data: '{}' } }), {}, { api: 'v1' });
    expect(await failureOf(of.remote.reveal(SECRET_ID))).toMatchObject({ code: 'network', ambiguous: true });
  });
});

it('says that a text was cut (0.18 to 0.23)', async () => {
  const of = await rig(() => ({ json: { record: { secret_value: 'x', is_truncated: true } } }), {
    generation: 'old',
  });
  expect(await of.remote.reveal(SECRET_ID)).toEqual({ text: 'x', truncated: true });
});

it('never sends a passphrase that is empty, and never a member called identifier', async () => {
  for (const api of ['v1', 'v2', 'v3'] as const) {
    const of = await rig(() => INTERNAL, {}, { api });
    await failureOf(of.remote.reveal(SECRET_ID, { passphrase: '' }));
    await failureOf(of.remote.burn(RECEIPT_ID, { passphrase: '' }));
    for (const { body } of of.server.asked) expect(body).not.toMatch(/passphrase|identifier/);
  }
});
