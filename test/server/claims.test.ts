import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DIALECTS, type Harness, type Reply, start, WAYS_IN } from './harness.ts';

const newClaim = (): string => randomBytes(32).toString('base64url');

/** A dialect's paths for a reveal with a claim, and for saying that it arrived. */
const WAYS: Record<string, { reveal: (id: string) => string; body: 'form' | 'json' }> = {
  'v1 form': { reveal: (id) => `/api/v1/secret/${id}`, body: 'form' },
  'v1 JSON': { reveal: (id) => `/api/v1/secret/${id}`, body: 'json' },
  v2: { reveal: (id) => `/api/v2/secret/${id}/reveal`, body: 'json' },
  'v2 guest': { reveal: (id) => `/api/v2/guest/secret/${id}/reveal`, body: 'json' },
  'v3 guest': { reveal: (id) => `/api/v3/guest/secret/${id}/reveal`, body: 'json' },
};

describe.each(WAYS_IN)('claims, %s', (wayIn) => {
  let h: Harness;
  beforeEach(async () => {
    h = await start(wayIn);
  });
  afterEach(() => h.close());

  describe.each(DIALECTS)('$name', (dialect) => {
    const way = WAYS[dialect.name]!;
    const reveal = (id: string, claim?: unknown, passphrase?: string): Promise<Reply> => {
      const fields = { continue: 'true', ...(passphrase !== undefined && { passphrase }) };
      const all = claim === undefined ? fields : { ...fields, claim };
      return h.send('POST', way.reveal(id), { [way.body]: all });
    };
    const acknowledge = (id: string, claim: unknown): Promise<Reply> => {
      const path = `${way.reveal(id).replace(/\/reveal$/, '')}/acknowledge`;
      return h.send('POST', path, { [way.body]: { claim } });
    };
    /** What must be alike in two refusals. */
    const refusal = (reply: Reply): unknown => [
      reply.status,
      { ...reply.json, request_id: undefined },
      [...reply.headers.keys()].sort(),
    ];

    test('the same claim gets the same answer, any other what an unread one would after it was read', async () => {
      const { secretId, receiptId } = await dialect.share(h, 'text');
      const claim = newClaim();
      const first = await reveal(secretId, claim);
      expect(dialect.textOf(first)).toBe('text');
      const receipt = await dialect.receipt(h, receiptId);
      expect(receipt.json.state ?? receipt.json.record.state).toMatch(/^(received|revealed)$/);
      const plain = await dialect.share(h, 'text');
      await reveal(plain.secretId);
      const gone = await reveal(plain.secretId);
      for (const other of [undefined, newClaim(), null]) {
        const reply =
          way.body === 'form' && other === null ? await reveal(secretId) : await reveal(secretId, other);
        const expected = JSON.stringify(refusal(gone)).replaceAll(plain.secretId, secretId);
        expect(JSON.stringify(refusal(reply))).toBe(expected);
      }
      const again = await reveal(secretId, claim);
      expect(again.json).toEqual(first.json);
      const status = await h.send('GET', `/api/v3/secret/${secretId}/status`);
      expect(status.json).toEqual({ record: { state: 'unknown' } });
      expect((await h.send('GET', `/api/v2/secret/${secretId}`)).status).toBe(404);
    });

    test.each(['acknowledged', 'burned', 'sixty seconds', 'five replays'])(
      '%s, and it is erased',
      async (how) => {
        const { secretId, receiptId } = await dialect.share(h, 'text');
        const claim = newClaim();
        expect(dialect.textOf(await reveal(secretId, claim))).toBe('text');
        h.clock.nowMs += 59_999;
        expect(dialect.textOf(await reveal(secretId, claim))).toBe('text');
        if (how === 'acknowledged') {
          expect((await acknowledge(secretId, newClaim())).status).toBe(200);
          expect(dialect.textOf(await reveal(secretId, claim))).toBe('text');
          const reply = await acknowledge(secretId, claim);
          expect([reply.status, reply.json]).toEqual([200, { acknowledged: true }]);
        } else if (how === 'burned') expect(dialect.burned(await dialect.burn(h, receiptId))).toBe(false);
        else if (how === 'sixty seconds') h.clock.nowMs += 1;
        else
          for (let i = 0; i < 4; i += 1) expect(dialect.textOf(await reveal(secretId, claim))).toBe('text');
        expect((await reveal(secretId, claim)).status).toBe(404);
      },
    );

    test('a malformed claim is refused, and nothing is spent', async () => {
      const { secretId } = await dialect.share(h, 'text');
      const wrong: unknown[] = [
        '',
        'x',
        'a'.repeat(43).replace(/a$/, 'B'),
        'A'.repeat(44),
        `${'A'.repeat(42)}=`,
      ];
      if (way.body === 'json') wrong.push(1, true, ['A'.repeat(43)], {});
      for (const claim of wrong) {
        const reply = await reveal(secretId, claim);
        expect(reply.json.message ?? reply.json.error).toBe('Claim must be 32 bytes in base64url');
        expect(reply.status).toBe(way.reveal('').startsWith('/api/v1') ? 404 : 422);
        expect((await acknowledge(secretId, claim)).status).not.toBe(200);
      }
      expect(dialect.textOf(await reveal(secretId, newClaim()))).toBe('text');
    });

    test('a replay wants the passphrase too, and wrong ones are counted', async () => {
      const { secretId } = await dialect.share(h, 'text', { passphrase: 'right one' });
      const claim = newClaim();
      expect(dialect.textOf(await reveal(secretId, claim, 'wrong'))).toBeUndefined();
      expect(dialect.textOf(await reveal(secretId, claim, 'right one'))).toBe('text');
      expect(dialect.textOf(await reveal(secretId, claim))).toBeUndefined();
      expect(dialect.textOf(await reveal(secretId, claim, 'right one'))).toBe('text');
      for (let i = 0; i < 20; i += 1) await reveal(secretId, claim, 'wrong');
      expect(dialect.textOf(await reveal(secretId, claim, 'right one'))).toBeUndefined();
    });

    test('of racing claims one wins, and stays the winner', async () => {
      const { secretId } = await dialect.share(h, 'text');
      const claims = Array.from({ length: 12 }, newClaim);
      const has = async (claim: string): Promise<boolean> =>
        dialect.textOf(await reveal(secretId, claim)) === 'text';
      const first = await Promise.all(claims.map(has));
      expect(first.filter(Boolean)).toHaveLength(1);
      expect(await Promise.all(claims.map(has))).toEqual(first);
    });
  });

  test('without continue a claim takes nothing', async () => {
    const { secretId } = await DIALECTS[2]!.share(h, 'text');
    const claim = newClaim();
    await h.send('POST', `/api/v2/secret/${secretId}/reveal`, { json: { claim } });
    const [first, second] = [await DIALECTS[2]!.reveal(h, secretId), await DIALECTS[2]!.reveal(h, secretId)];
    expect([first.status, second.status]).toEqual([200, 404]);
  });
});
