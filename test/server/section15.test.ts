/**
 * The contract that real servers' own tests hold them to, point by point: shapes and names of v1, ways to validate, and
 * what v2 and v3 must not do. Source: Onetime Secret's own test suites, v0.26.6.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ACCOUNT, basic, type Harness, type Reply, start } from './harness.ts';

const UNKNOWN = 'a'.repeat(62);
const WORDS = ['new', 'viewed', 'received', 'burned', 'expired', 'orphaned'];
/** Old name and new name of the same thing. */
const PAIRS = [
  ['metadata_key', 'identifier'],
  ['secret_key', 'secret_identifier'],
  ['passphrase_required', 'has_passphrase'],
  ['recipient', 'recipients'],
  ['metadata_ttl', 'receipt_ttl'],
  ['metadata_url', 'receipt_url'],
] as const;

let h: Harness;
beforeAll(async () => {
  h = await start('in memory', { account: ACCOUNT.user });
});
beforeEach(() => {
  h.clock.nowMs += 3_600_000;
});
afterAll(() => h.close());

const post = (path: string, form: Record<string, string> = {}, headers = {}) =>
  h.send('POST', `/api/v1/${path}`, { form, headers });
const get = (path: string, headers = {}) => h.send('GET', `/api/v1/${path}`, { headers });
const mine = basic(ACCOUNT.user, ACCOUNT.token);

describe('v1, shapes', () => {
  test('1: every answer is JSON by its content type, without success and data', async () => {
    const { json } = await post('share', { secret: 'a' });
    const { secret_key: secret, metadata_key: receipt } = json;
    const replies: Reply[] = [
      await get('status'),
      await get('authcheck'),
      await get('nowhere'),
      await get(`receipt/${receipt}`),
      await get(`receipt/${UNKNOWN}`),
      await get('receipt/recent', mine),
      await post('share'),
      await post('generate'),
      await post(`secret/${secret}`),
      await post(`secret/${secret}`),
      await post('secret/short'),
      await post(`receipt/${receipt}/burn`),
    ];
    for (const { json: body, headers } of replies) {
      expect(headers.get('content-type')).toMatch(/^application\/json/);
      expect(body).toBeDefined();
      expect(body).not.toHaveProperty('success');
      expect(body).not.toHaveProperty('data');
    }
  });

  test('2: status has words, and what wants an account says so', async () => {
    expect((await get('status')).json).toEqual({ status: expect.any(String), locale: expect.any(String) });
    expect((await get('authcheck', mine)).json).toEqual({ status: 'nominal', locale: 'en' });
    expect(await get('authcheck')).toMatchObject({ status: 404, json: { message: 'Not authorized' } });
    const recent = await get('receipt/recent');
    expect(recent).toMatchObject({ status: 404, json: { message: expect.any(String) } });
  });

  test('3 and 4: what is made has its fields; generate with nothing asked for has a value too', async () => {
    const common = {
      custid: 'anon',
      metadata_key: expect.stringMatching(/^[0-9a-z]{62}$/),
      secret_key: expect.stringMatching(/^[0-9a-z]{62}$/),
      ttl: 604_800,
      metadata_ttl: 1_209_600,
      secret_ttl: 604_800,
      metadata_url: expect.stringContaining('/receipt/'),
      state: 'new',
      updated: expect.any(Number),
      created: expect.any(Number),
      recipient: [],
      passphrase_required: false,
    };
    const generated = (await h.send('POST', '/api/v1/generate')).json;
    expect(generated).toMatchObject({ ...common, value: expect.stringMatching(/^\S{12}$/) });
    for (const path of ['share', 'create']) {
      const { json } = await post(path, { secret: 'a' });
      expect(json).toMatchObject(common);
      expect(json).not.toHaveProperty('value');
    }
  });

  test('5: a revealed secret, and one that is unknown', async () => {
    const { secret_key: key } = (await post('share', { secret: 'a' })).json;
    const { json } = await post(`secret/${key}`);
    expect(json).toEqual({ value: 'a', secret_key: key, share_domain: expect.stringMatching(/^http/) });
    const unknown = await post(`secret/${UNKNOWN}`);
    expect(unknown).toMatchObject({ status: 404, json: { secret_key: UNKNOWN, message: 'Unknown secret' } });
  });

  test('7: a burn answers the receipt and a short name; of an unknown one a message', async () => {
    const { metadata_key: receipt, secret_key: secret } = (await post('share', { secret: 'a' })).json;
    const { json } = await post(`receipt/${receipt}/burn`);
    expect(json).toEqual({ state: expect.any(Object), secret_shortkey: secret.slice(0, 8) });
    const again = await post(`receipt/${receipt}/burn`);
    expect(again).toMatchObject({ status: 404, json: { message: 'Unknown secret' } });
  });

  test('8: a key of under 20 characters is not found, without the word error', async () => {
    const short = 'a'.repeat(19);
    for (const path of [`secret/${short}`, `receipt/${short}`, `receipt/${short}/burn`, `private/${short}`]) {
      expect(await post(path)).toMatchObject({ status: 404, json: { message: 'Not Found' } });
      expect((await post(path)).json).not.toHaveProperty('error');
    }
  });
});

describe('v1, names and states', () => {
  /** One receipt in each state that there is. */
  async function receipts(): Promise<Record<string, Reply['json']>> {
    const made = async () => (await post('share', { secret: 'a', ttl: '60' })).json;
    const [waiting, read, burned, late] = [await made(), await made(), await made(), await made()];
    await post(`secret/${read.secret_key}`);
    await post(`receipt/${burned.metadata_key}/burn`);
    const shown = async (one: Reply['json']) => (await get(`receipt/${one.metadata_key}`)).json;
    const found = { new: await shown(waiting), received: await shown(read), burned: await shown(burned) };
    h.clock.nowMs += 61_000;
    return { ...found, expired: await shown(late) };
  }

  test('6, 9, 10 and 13: fields, words, both names with one value, and types, in every state', async () => {
    for (const [state, json] of Object.entries(await receipts())) {
      expect(json.state).toBe(state);
      expect(WORDS).toContain(json.state);
      for (const [old, current] of PAIRS) {
        expect(Object.hasOwn(json, old)).toBe(Object.hasOwn(json, current));
        expect(json[old]).toEqual(json[current]);
      }
      for (const name of ['ttl', 'metadata_ttl', 'updated', 'created']) expect(json[name] % 1).toBe(0);
      expect(json).toMatchObject({ custid: 'anon', metadata_key: expect.any(String), recipient: [] });
      expect(json.metadata_url).toMatch(new RegExp(`/receipt/${json.metadata_key}$`));
      expect(json.share_domain).toBe('');
    }
  });

  test('11: when a secret was received its key is gone and a time there; burned, the key is empty', async () => {
    const all = await receipts();
    for (const name of ['secret_key', 'secret_identifier', 'secret_ttl']) {
      expect(all['received']).not.toHaveProperty(name);
    }
    expect(all['received'].received % 1).toBe(0);
    for (const state of ['new', 'burned', 'expired']) expect(all[state]).not.toHaveProperty('received');
    expect(all['burned']).toMatchObject({ secret_key: '', secret_identifier: '', secret_ttl: null });
  });

  test('9: looking at the link or the receipt in any dialect is no state of its own', async () => {
    const { secret_key: secret, metadata_key: receipt } = (await post('share', { secret: 'a' })).json;
    await h.send('GET', `/api/v2/secret/${secret}`);
    await h.send('GET', `/api/v3/secret/${secret}/status`);
    expect((await get(`receipt/${receipt}`)).json.state).toBe('new');
  });

  test('12: nobody is anon, an account its name', async () => {
    expect((await post('share', { secret: 'a' })).json.custid).toBe('anon');
    expect((await post('share', { secret: 'a' }, mine)).json.custid).toBe(ACCOUNT.user);
  });

  test('14: a list names no secret, under neither name, read or unread', async () => {
    const { secret_key: secret } = (await post('share', { secret: 'a' }, mine)).json;
    await post('share', { secret: 'b' }, mine);
    await post(`secret/${secret}`);
    const { json, text } = await get('receipt/recent', mine);
    expect(json.length).toBeGreaterThanOrEqual(2);
    for (const one of json) {
      expect(one).not.toBeNull();
      expect(one).not.toHaveProperty('secret_key');
      expect(one).not.toHaveProperty('secret_identifier');
    }
    expect(text).not.toContain(secret);
  });
});

describe('v1, validation', () => {
  test.each([
    ['59', 60],
    ['60', 60],
    ['0', 60],
    ['-5', 60],
    ['604800', 604_800],
    ['99999999', 604_800],
  ])('15: a lifetime of %s is granted as %d without an account', async (ttl, granted) => {
    expect((await post('share', { secret: 'a', ttl })).json.ttl).toBe(granted);
  });

  test('15: with one, up to 30 days; unsaid, the default', async () => {
    const ttlOf = async (more: Record<string, string>) =>
      (await post('share', { secret: 'a', ...more }, mine)).json.ttl;
    expect(await ttlOf({ ttl: '2592000' })).toBe(2_592_000);
    expect(await ttlOf({ ttl: '2592001' })).toBe(2_592_000);
    expect(await ttlOf({})).toBe(604_800);
  });

  test('17: nothing to share says so, however it is missing', async () => {
    const message = 'You did not provide anything to share';
    for (const json of [{}, { secret: '' }, { secret: null }]) {
      expect(await h.send('POST', '/api/v1/share', { json })).toMatchObject({
        status: 404,
        json: { message },
      });
    }
  });

  test('18: a wrong token and an unknown user are refused alike, to the byte', async () => {
    const refusals = await Promise.all(
      [basic(ACCOUNT.user, 'wrong'), basic('nobody@example.com', ACCOUNT.token)].map((headers) =>
        post('share', { secret: 'a' }, headers),
      ),
    );
    expect(refusals.map(({ status, text }) => [status, text])).toEqual([
      [404, '{"message":"Not authorized"}'],
      [404, '{"message":"Not authorized"}'],
    ]);
  });
});

describe('v2 and v3', () => {
  const conceal = async () => {
    const { json } = await h.send('POST', '/api/v3/guest/secret/conceal', {
      json: { secret: { secret: 'a' } },
    });
    const { secret, receipt } = json.record;
    return { secretId: String(secret.identifier), receiptId: String(receipt.identifier) };
  };
  const status = (id: string) => h.send('GET', `/api/v3/secret/${id}/status`);

  test('19: the status of what is unknown is 200, and asking changes nothing', async () => {
    expect(await status(UNKNOWN)).toMatchObject({ status: 200, json: { record: { state: 'unknown' } } });
    const { secretId } = await conceal();
    const first = (await status(secretId)).json;
    for (let times = 0; times < 5; times++) expect((await status(secretId)).json).toEqual(first);
  });

  test('19: a look whose note cannot be written is a look all the same', async () => {
    const { secretId } = await conceal();
    const { noteAccess } = h.store;
    h.store.noteAccess = () => Promise.reject(new Error('full'));
    try {
      expect((await status(secretId)).json.record.state).toBe('new');
      expect((await h.send('GET', `/api/v2/secret/${secretId}`)).status).toBe(200);
    } finally {
      h.store.noteAccess = noteAccess;
    }
  });

  test('20 and 21: of racing burns one is told that it burned, the others that they did not', async () => {
    const { receiptId } = await conceal();
    const burns = await Promise.all(
      Array.from({ length: 6 }, () =>
        h.send('POST', `/api/v3/guest/receipt/${receiptId}/burn`, { json: { continue: true } }),
      ),
    );
    expect(burns.filter(({ json }) => json.success === true && json.record !== undefined)).toHaveLength(1);
    for (const { status: code, json } of burns) {
      expect(code).toBe(200);
      expect(json.record === undefined || json.record.identifier === receiptId).toBe(true);
    }
    expect(burns.filter(({ json }) => json.success === false)).toHaveLength(5);
    // Once it is over, and known to be.
    const late = await h.send('POST', `/api/v3/guest/receipt/${receiptId}/burn`, {
      json: { continue: true },
    });
    expect(late.json).toEqual({ success: true });
  });

  test('25: cookies mean nothing: with one, and without any token, everything goes through', async () => {
    const { secretId } = await conceal();
    const cookie = 'onetime.session=abc; sess=def';
    const reveal = await h.send('POST', `/api/v3/guest/secret/${secretId}/reveal`, {
      json: { continue: true },
      headers: { cookie },
    });
    expect(reveal.json.record.secret_value).toBe('a');
    expect(reveal.headers.get('set-cookie')).toBeNull();
  });
});
