import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DIALECTS, type Harness, start, WAYS_IN } from './harness.ts';

const RACERS = 24;
const [v1form, , v2, , v3] = DIALECTS as [
  (typeof DIALECTS)[0],
  (typeof DIALECTS)[0],
  (typeof DIALECTS)[0],
  (typeof DIALECTS)[0],
  (typeof DIALECTS)[0],
];

describe.each(WAYS_IN)('one-time means once, %s', (way) => {
  let h: Harness;
  beforeEach(async () => {
    h = await start(way);
  });
  afterEach(() => h.close());

  describe.each(DIALECTS)('$name', (dialect) => {
    test.each([undefined, 'open sesame'])('many revealers at once, passphrase %s', async (passphrase) => {
      const { secretId, receiptId } = await dialect.share(
        h,
        'text',
        passphrase === undefined ? {} : { passphrase },
      );
      const replies = await Promise.all(
        Array.from({ length: RACERS }, () => dialect.reveal(h, secretId, passphrase)),
      );
      expect(replies.filter((r) => dialect.textOf(r) === 'text')).toHaveLength(1);
      const losers = replies.filter((r) => dialect.textOf(r) === undefined);
      expect(losers.map((r) => r.status)).toEqual(Array<number>(RACERS - 1).fill(404));
      for (const loser of losers) {
        expect(loser.json.message ?? loser.json.error_type).toMatch(/^(Unknown secret|RecordNotFound)$/);
      }
      const receipt = await dialect.receipt(h, receiptId);
      expect(receipt.json.state ?? receipt.json.record.state).toMatch(/^(received|revealed)$/);
    });

    test.each([undefined, 'open sesame'])('burners against revealers, passphrase %s', async (passphrase) => {
      for (let round = 0; round < 5; round += 1) {
        const { secretId, receiptId } = await dialect.share(
          h,
          'text',
          passphrase === undefined ? {} : { passphrase },
        );
        const racing = await Promise.all(
          Array.from({ length: 8 }, (_, i) =>
            (i + round) % 2 === 0
              ? dialect.burn(h, receiptId, passphrase).then((r) => dialect.burned(r))
              : dialect.reveal(h, secretId, passphrase).then((r) => dialect.textOf(r) === 'text'),
          ),
        );
        expect(racing.filter(Boolean)).toHaveLength(1);
      }
    });
  });

  test('across dialects', async () => {
    const { secretId } = await v2.share(h, 'text');
    const racing = await Promise.all(
      [v1form, v2, v3, v1form, v2, v3].map(async (d) => d.textOf(await d.reveal(h, secretId))),
    );
    expect(racing.filter((text) => text === 'text')).toHaveLength(1);
  });

  test('looking, in every way there is, consumes nothing', async () => {
    const { secretId: s, receiptId: r } = await v2.share(h, 'text');
    const looks = [
      `/secret/${s}`,
      `/receipt/${r}`,
      `/api/v2/secret/${s}`,
      `/api/v2/secret/${s}?continue=true&passphrase=x`,
      `/api/v2/secret/${s}/status?continue=true`,
      `/api/v2/guest/secret/${s}?continue=true`,
      `/api/v3/guest/secret/${s}?continue=true`,
      `/api/v3/secret/${s}/status`,
      `/api/v1/secret/${s}`,
      `/api/v2/secret/${s}/reveal?continue=true`,
      `/api/v1/private/${r}`,
      `/api/v1/private/${r}/burn`,
      `/api/v2/receipt/${r}`,
      `/api/v2/receipt/${r}/burn?continue=true`,
    ];
    for (const path of looks) {
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        const reply = await h.send(method, path);
        expect(reply.status, `${method} ${path}`).toBeLessThan(500);
        expect(reply.text).not.toContain('text"');
      }
    }
    await h.send('POST', '/api/v2/secret/status', { json: { identifiers: [s] } });
    expect(v2.textOf(await v2.reveal(h, s))).toBe('text');
  });

  test.each(DIALECTS)(
    '$name: a wrong passphrase spends nothing, for revealing or burning',
    async (dialect) => {
      const { secretId, receiptId } = await dialect.share(h, 'text', { passphrase: 'right one' });
      expect(dialect.textOf(await dialect.reveal(h, secretId, 'wrong'))).toBeUndefined();
      expect(dialect.textOf(await dialect.reveal(h, secretId))).toBeUndefined();
      expect(dialect.burned(await dialect.burn(h, receiptId, 'wrong'))).toBe(false);
      expect(dialect.textOf(await dialect.reveal(h, secretId, 'right one'))).toBe('text');
      expect(dialect.burned(await dialect.burn(h, receiptId, 'right one'))).toBe(false);
    },
  );

  test('continue must be true; the text "false" is not', async () => {
    const { secretId, receiptId } = await v2.share(h, 'text');
    for (const value of [false, 'false', 1, 'yes', null, [true]]) {
      const json = { continue: value };
      const revealed = await h.send('POST', `/api/v2/secret/${secretId}/reveal`, { json });
      expect(revealed.json.details.show_secret).toBe(false);
      const burned = await h.send('POST', `/api/v2/receipt/${receiptId}/burn`, { json });
      expect(burned.json.success).toBe(false);
    }
    expect(v2.textOf(await v2.reveal(h, secretId))).toBe('text');
  });

  test('the path names the secret, whatever the body says', async () => {
    const one = await v2.share(h, 'one');
    const two = await v2.share(h, 'two');
    const json = { continue: true, identifier: two.secretId, key: two.secretId, id: two.secretId };
    const revealed = await h.send('POST', `/api/v2/secret/${one.secretId}/reveal`, { json });
    expect(revealed.json.record.secret_value).toBe('one');
    const burned = await h.send('POST', `/api/v3/guest/receipt/${one.receiptId}/burn`, {
      json: { ...json, identifier: two.receiptId },
    });
    expect(burned.json).toEqual({ success: true });
    expect(v2.textOf(await v2.reveal(h, two.secretId))).toBe('two');
  });

  test('a secret opens in any dialect, with junk after its identifier', async () => {
    const { secretId } = await v1form.share(h, 'text');
    expect(v3.textOf(await v3.reveal(h, `${secretId}.)`))).toBe('text');
  });
});
