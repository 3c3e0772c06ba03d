/** Answers that the recordings do not hold. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DIALECTS, type Harness, start, WAYS_IN } from './harness.ts';

const [v1, , v2, , v3] = DIALECTS;
const UNKNOWN = 'z'.repeat(62);
const BASIC = { authorization: `Basic ${Buffer.from('a@example.com:b').toString('base64')}` };

describe.each(WAYS_IN)('answers, %s', (way) => {
  let h: Harness;
  beforeEach(async () => {
    h = await start(way);
  });
  afterEach(() => h.close());

  test('every status announces the size limit and claims', async () => {
    for (const version of ['v1', 'v2', 'v3']) {
      const { status, headers } = await h.send('GET', `/api/${version}/status`);
      expect([status, headers.get('o-max-size'), headers.get('o-claim')]).toEqual([200, '10000', '60']);
    }
  });

  test('nothing may be kept, framed, sniffed or followed, and there are no cookies', async () => {
    for (const path of [
      '/',
      '/nothing',
      '/api/v1/status',
      '/api/v2/nothing',
      `/api/v3/secret/${UNKNOWN}/status`,
    ]) {
      const { headers } = await h.send('GET', path);
      expect(headers.get('cache-control'), path).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('set-cookie')).toBeNull();
    }
  });

  test('content types are to the letter', async () => {
    expect((await h.send('GET', '/api/v1/status')).headers.get('content-type')).toBe(
      'application/json; charset=utf-8',
    );
    expect((await h.send('GET', '/api/v1/nothing')).headers.get('content-type')).toBe('application/json');
    expect((await h.send('GET', '/api/v2/status')).headers.get('content-type')).toBe('application/json');
  });

  test('identifiers are 62 of [0-9a-z], and urls carry the whole of them', async () => {
    const { json } = await v1!.shareRaw(h, { secret: 'a' });
    expect(json.secret_key).toMatch(/^[0-9a-z]{62}$/);
    expect(json.metadata_key).toMatch(/^[0-9a-z]{62}$/);
    const shown = await v1!.receipt(h, json.metadata_key);
    expect(shown.json.metadata_url).toMatch(new RegExp(`^http://[^/]+/receipt/${json.metadata_key}$`));
    expect(shown.json.receipt_url).toBe(shown.json.metadata_url);
  });

  test('v1 knows a receipt by three names, by GET and POST', async () => {
    const { receiptId } = await v1!.share(h, 'a');
    for (const name of ['receipt', 'private', 'metadata']) {
      for (const method of ['GET', 'POST']) {
        const { json } = await h.send(method, `/api/v1/${name}/${receiptId}/`);
        expect(json.identifier, `${method} ${name}`).toBe(receiptId);
      }
      const recent = await h.send('GET', `/api/v1/${name}/recent`);
      expect([recent.status, recent.json]).toEqual([404, { message: 'Not authorized' }]);
      const { receiptId: other } = await v1!.share(h, 'b');
      const burned = await h.send('POST', `/api/v1/${name}/${other}/burn`);
      expect(burned.json.state.identifier).toBe(other);
    }
  });

  test('v2 knows a receipt by two names', async () => {
    const { receiptId } = await v2!.share(h, 'a');
    for (const name of ['receipt', 'private', 'guest/receipt']) {
      const { json } = await h.send('GET', `/api/v2/${name}/${receiptId}`);
      expect(json.record.identifier).toBe(receiptId);
      const burn = await h.send('POST', `/api/v2/${name}/${receiptId}/burn`);
      expect(burn.json.success).toBe(false);
    }
    const memo = await h.send('PATCH', `/api/v2/private/${receiptId}`, { json: { memo: 'x' } });
    expect([memo.status, memo.json.error_type]).toEqual([401, 'Unauthorized']);
  });

  test('credentials, which can only be wrong, are refused wherever they count', async () => {
    for (const path of ['/api/v1/status', '/api/v1/authcheck', '/api/v1/private/recent']) {
      const { status, json, headers } = await h.send('GET', path, { headers: BASIC });
      expect([status, json, headers.get('x-ots-intended-status')]).toEqual([
        404,
        { message: 'Not authorized' },
        '401',
      ]);
    }
    for (const path of [`/api/v2/secret/${UNKNOWN}/status`, '/api/v2/receipt/recent', '/api/v2/version']) {
      const { status, json } = await h.send('GET', path, { headers: BASIC });
      expect([status, json.message]).toEqual([401, '[CREDENTIALS_INVALID] Invalid credentials']);
    }
    for (const path of ['/api/v2/status', '/api/v3/status', `/api/v3/secret/${UNKNOWN}/status`]) {
      expect((await h.send('GET', path, { headers: BASIC })).status, path).toBe(200);
    }
    const guest = await h.send('POST', '/api/v2/guest/secret/conceal', {
      json: { secret: { secret: 'a' } },
      headers: BASIC,
    });
    expect(guest.status).toBe(200);
  });

  test('version and locales', async () => {
    const version = await h.send('GET', '/api/v3/version');
    expect([version.status, version.json.error]).toEqual([401, 'Authentication Required']);
    const locales = { locales: ['en'], default_locale: 'en', locale: 'en' };
    expect((await h.send('GET', '/api/v3/supported-locales')).json).toEqual(locales);
    expect((await h.send('GET', '/api/v2/supported-locales')).json).toEqual({ success: true, ...locales });
  });

  test('several secrets and receipts at once', async () => {
    const one = await v2!.share(h, 'one');
    const two = await v2!.share(h, 'two');
    const identifiers = [one.secretId, UNKNOWN, two.secretId];
    for (const value of [identifiers, identifiers.join(',')]) {
      const { json } = await h.send('POST', '/api/v3/secret/status', { json: { identifiers: value } });
      expect(json.count).toBe(2);
      expect(json.records.map((r: { identifier: string }) => r.identifier)).toEqual([
        one.secretId,
        two.secretId,
      ]);
    }
    const receipts = await h.send('POST', '/api/v3/guest/receipts', {
      json: { identifiers: [one.receiptId, UNKNOWN] },
    });
    expect(receipts.json).toMatchObject({ count: 1, records: [{ secret_identifier: one.secretId }] });
    const many = Array.from({ length: 26 }, (_, i) => `${i}`.padStart(62, 'a'));
    const refused = await h.send('POST', '/api/v3/guest/receipts', { json: { identifiers: many } });
    expect([refused.status, refused.json.error]).toEqual([422, 'Too many identifiers (max 25)']);
  });

  test('a receipt tells of a passphrase, keeps the identifier back, and still links', async () => {
    const { secretId, receiptId } = await v3!.share(h, 'a', { passphrase: 'open' });
    const { record, details } = (await v3!.receipt(h, receiptId)).json;
    expect(record).not.toHaveProperty('secret_identifier');
    expect(record.share_path).toBe(`secret/${secretId}`);
    expect(record.has_passphrase).toBe(true);
    expect(details).toMatchObject({ has_passphrase: true, show_secret: false, can_decrypt: false });
    await v3!.burn(h, receiptId, 'open');
    const after = (await v3!.receipt(h, receiptId)).json.record;
    expect(after).toMatchObject({ state: 'burned', share_path: 'secret/', has_passphrase: true });
    expect(JSON.stringify(after)).not.toContain(secretId);
  });

  test('revealed lines are counted', async () => {
    const { secretId } = await v2!.share(h, 'a\nb');
    const { details } = (await v2!.reveal(h, secretId)).json;
    expect(details).toMatchObject({ one_liner: false, display_lines: 5 });
  });

  test('generate: v1 answers the value, v2 and v3 show it once on the receipt', async () => {
    const old = await h.send('POST', '/api/v1/generate', { form: { ttl: '300', length: '40' } });
    expect(old.json.value).toMatch(/^[0-9A-Za-z*$!?()@#%^]{40}$/);
    expect(old.json).not.toHaveProperty('secret_value');
    expect(old.json.ttl).toBe(300);
    expect(v1!.textOf(await v1!.reveal(h, old.json.secret_key))).toBe(old.json.value);

    const made = await h.send('POST', '/api/v3/guest/secret/generate', { json: {} });
    expect(made.json.details.kind).toBe('generate');
    const { receipt, secret } = made.json.record;
    const first = await v3!.receipt(h, receipt.identifier);
    const value = first.json.details.secret_value;
    expect(value).toHaveLength(12);
    expect((await v3!.receipt(h, receipt.identifier)).json.details.secret_value).toBeNull();
    expect((await v1!.receipt(h, receipt.identifier)).json).not.toHaveProperty('value');
    expect(v3!.textOf(await v3!.reveal(h, secret.identifier))).toBe(value);
  });

  test('generate: the value is not shown after its first minute, nor that of a concealed secret ever', async () => {
    const made = await h.send('POST', '/api/v2/secret/generate', { json: { secret: { ttl: 300 } } });
    h.clock.nowMs += 60_000;
    const late = await v2!.receipt(h, made.json.record.receipt.identifier);
    expect(late.json.details.secret_value).toBeNull();
    const { receiptId } = await v2!.share(h, 'mine');
    expect((await v2!.receipt(h, receiptId)).text).not.toContain('mine');
    expect((await v1!.receipt(h, receiptId)).text).not.toContain('mine');
  });

  test.each([
    ['1', 4],
    ['128', 128],
  ])('generate: length %s gives %i', async (length, got) => {
    const { json } = await h.send('POST', '/api/v1/generate', { form: { length } });
    expect(json.value).toHaveLength(got);
  });

  test.each(['0', '-1', 'abc', '129'])('generate: length %s is refused', async (length) => {
    const { status, json } = await h.send('POST', '/api/v1/generate', { form: { length } });
    expect(status).toBe(404);
    expect(json.message).toMatch(/^(An unexpected error occurred :\[|Generated password length)/);
  });

  test('an unknown receipt or secret, by its dialect', async () => {
    const secret = await v2!.reveal(h, UNKNOWN);
    expect([secret.status, Object.keys(secret.json)]).toEqual([404, ['error_type', 'request_id']]);
    const burn = await v3!.burn(h, UNKNOWN);
    expect([burn.status, burn.json.error_type]).toEqual([404, 'RecordNotFound']);
    const old = await v1!.burn(h, UNKNOWN);
    expect(old.json).toEqual({ secret_key: UNKNOWN, message: 'Unknown secret' });
    for (const path of ['secret/short', 'private/short', 'private/short/burn']) {
      const short = await h.send('POST', `/api/v1/${path}`);
      expect([short.status, short.json]).toEqual([404, { message: 'Not Found' }]);
    }
  });
});
