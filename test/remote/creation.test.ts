/**
 * What is checked before and after a secret is made.
 */

import { afterEach, describe, expect, it } from 'vitest';
import { ACCOUNT, INTERNAL } from '../support/remote-answers.ts';
import { closeAll, failureOf, RECEIPT_ID, rig, SECRET_ID } from '../support/remote-open.ts';
import type { Asked, Reply } from '../support/remote-serve.ts';

afterEach(closeAll);

describe('after creating', () => {
  function creation(change: { receipt?: object; secret?: object; record?: object }): Reply {
    const receipt = {
      identifier: RECEIPT_ID,
      owner_id: null,
      custid: null,
      secret_ttl: 60,
      ...change.receipt,
    };
    const secret = { identifier: SECRET_ID, ...change.secret };
    return { json: { success: true, record: { receipt, secret, share_domain: null, ...change.record } } };
  }
  const burned: Reply = { json: { success: true, record: {} } };
  const replying = (made: Reply) => (asked: Asked) => (asked.path.endsWith('/burn') ? burned : made);
  const request = { text: 'the text', ttlSeconds: 60 };

  it.each([
    {},
    { owner_id: 'anon' },
    { custid: 'anon' },
    { owner_id: '', custid: '' },
    { owner_id: undefined },
  ])('with credentials burns an anonymous secret (0.24.0 to 0.26.2): %j', async (receipt) => {
    const of = await rig(replying(creation({ receipt })), {}, { credentials: ACCOUNT });
    expect((await failureOf(of.remote.conceal(request))).code).toBe('unauthorized');
    expect(of.count('POST', '/burn')).toBe(1);
  });

  it.each([{ owner_id: '01a2' }, { custid: 'a@example.com' }])('accepts an own one: %j', async (receipt) => {
    const of = await rig(replying(creation({ receipt })), {}, { credentials: ACCOUNT });
    expect(await of.remote.conceal(request)).toMatchObject({ secretId: SECRET_ID, ttlSeconds: 60 });
    expect(of.count('POST', '/burn')).toBe(0);
  });

  it('says so when the burning failed', async () => {
    const made = creation({});
    const of = await rig(
      ({ path }) => (path.endsWith('/burn') ? INTERNAL : made),
      {},
      { credentials: ACCOUNT },
    );
    const error = await failureOf(of.remote.conceal(request));
    expect(error.code).toBe('unauthorized');
    expect(error.message).toContain('remains until it expires');
  });

  it('burns what was cut', async () => {
    const of = await rig(replying(creation({ secret: { is_truncated: true } })), { generation: 'old' });
    expect((await failureOf(of.remote.conceal(request))).code).toBe('refused');
    expect(of.count('POST', '/burn')).toBe(1);
  });

  it('believes 0.23 that a text of exactly 100,000 characters is whole', async () => {
    const of = await rig(
      replying(creation({ secret: { is_truncated: true } })),
      { generation: 'old' },
      { maxTextBytes: 1e6 },
    );
    await of.remote.conceal({ ...request, text: 'x'.repeat(100_000) });
    expect(of.count('POST', '/burn')).toBe(0);
  });

  it.each([null, '', 'other.example'])('burns what has another domain than asked for: %j', async (domain) => {
    const of = await rig(replying(creation({ record: { share_domain: domain } })));
    const error = await failureOf(of.remote.conceal({ ...request, shareDomain: 'secrets.example' }));
    expect(error.code).toBe('refused');
    expect(of.count('POST', '/burn')).toBe(1);
  });

  it('tells the granted domain', async () => {
    const of = await rig(replying(creation({ record: { share_domain: 'secrets.example' } })));
    const made = await of.remote.conceal({ ...request, shareDomain: 'Secrets.Example' });
    expect(made.shareDomain).toBe('secrets.example');
    expect((await of.remote.conceal(request)).shareDomain).toBe('secrets.example');
  });

  it.each(['evil.example/path', 'a b', 'user@evil.example', '-x'])(
    'ignores a domain that is none: %s',
    async (domain) => {
      const of = await rig(replying(creation({ record: { share_domain: domain } })));
      expect((await of.remote.conceal(request)).shareDomain).toBeUndefined();
    },
  );

  it.each([{ identifier: null }, { identifier: '../../x' }])(
    'burns what has no usable identifier: %j',
    async (secret) => {
      const of = await rig(replying(creation({ secret })));
      expect((await failureOf(of.remote.conceal(request))).code).toBe('network');
      expect(of.count('POST', '/burn')).toBe(1);
    },
  );

  it('takes the lifetime of the secret, not of the receipt (0.15: ttl, 0.23: lifespan)', async () => {
    const v1 = {
      custid: 'anon',
      metadata_key: RECEIPT_ID,
      secret_key: SECRET_ID,
      ttl: 7200,
      metadata_ttl: 7200,
      secret_ttl: 3600,
    };
    const old = await rig(() => ({ json: v1 }), { generation: 'v1only' });
    expect((await old.remote.conceal(request)).ttlSeconds).toBe(3600);
    const receipt = { secret_ttl: '3600.0', lifespan: 7200, metadata_ttl: 7200 };
    const of = await rig(replying(creation({ receipt, secret: { secret_ttl: null, lifespan: '' } })), {
      generation: 'old',
    });
    expect((await of.remote.conceal(request)).ttlSeconds).toBe(3600);
  });
});

describe('size', () => {
  const text = (length: number) => 'é'.repeat(length);

  it('is counted in bytes, and refused before anything is sent', async () => {
    const of = await rig(() => INTERNAL, { maxTextBytes: 100 });
    const error = await failureOf(of.remote.conceal({ text: text(51), ttlSeconds: 60 }));
    expect(error.code).toBe('refused');
    expect(error.message).toMatch(/102 bytes.*100/);
    expect(of.server.asked).toHaveLength(0);
    expect(of.remote.maxTextBytes).toBe(100);
  });

  it.each([
    { generation: 'old', api: 'auto' },
    { generation: 'v1only', api: 'auto' },
    { generation: 'current', api: 'v1' },
  ] as const)(
    'beyond 100,000 characters is refused by $generation, $api: those cut silently',
    async ({ generation, api }) => {
      const of = await rig(() => INTERNAL, { generation }, { api, maxTextBytes: 1e7 });
      const error = await failureOf(of.remote.conceal({ text: text(100_001), ttlSeconds: 60 }));
      expect(error.code).toBe('refused');
      expect(of.server.asked).toHaveLength(0);
    },
  );

  it('beyond 100,000 characters is sent to a server that announced more', async () => {
    const of = await rig(() => INTERNAL, { generation: 'v1only', maxTextBytes: 1e7 });
    await failureOf(of.remote.conceal({ text: text(100_001), ttlSeconds: 60 }));
    expect(of.server.asked).toHaveLength(1);
  });
});

describe('forms of v1', () => {
  it('carry every character, and whole seconds', async () => {
    const of = await rig(() => INTERNAL, {}, { api: 'v1' });
    const text = 'a+b c%20d&e=f\r\n\u{1F511}é\0';
    await failureOf(of.remote.conceal({ text, ttlSeconds: 3600, passphrase: 'p+ q' }));
    const [asked] = of.server.asked;
    expect(asked?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(asked?.body).toContain('a%2Bb+c%2520d');
    expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
      secret: text,
      ttl: '3600',
      passphrase: 'p+ q',
    });
  });
});
