import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS, type Harness, start, WAYS_IN } from './harness.ts';

const AWKWARD = [
  ' leading and trailing ',
  '\r\nlines\rwith\nall\u2028endings\u2029\r\n',
  '\u0000nul\u0000',
  '\uFEFFbyte order mark',
  'e\u0301 is not \u00e9',
  '👩‍👩‍👧 🇪🇺 \u{10FFFF} \uFFFE\uFFFF',
  '<b>&amp;"\'</b>',
  'a+b%41%zz=c&d;e[f]=g',
  '\u001b[31mred\u001b[0m\u007f',
  '{"algorithm":"a","nonce":"n","ciphertext":"c","auth_tag":"t","key_version":"v"}',
  '   ',
  '0',
];

describe.each(WAYS_IN)('a text comes back exactly as it was given, %s', (way) => {
  let h: Harness;
  beforeAll(async () => {
    h = await start(way);
  });
  afterAll(() => h.close());

  describe.each(DIALECTS)('$name', (dialect) => {
    test.each(AWKWARD)('%j', async (text) => {
      const { secretId } = await dialect.share(h, text);
      expect(dialect.textOf(await dialect.reveal(h, secretId))).toBe(text);
    });

    test('any well-formed text', async () => {
      const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 });
      await fc.assert(
        fc.asyncProperty(text, async (given) => {
          const { secretId } = await dialect.share(h, given);
          expect(dialect.textOf(await dialect.reveal(h, secretId))).toBe(given);
        }),
        { numRuns: 40 },
      );
    });
  });

  test('through a multipart form', async () => {
    const text = '\uFEFFa\r\nb\u0000c\r\n--x';
    const raw = `--xyz\r\nContent-Disposition: form-data; name="secret"\r\n\r\n${text}\r\n--xyz--\r\n`;
    const headers = { 'content-type': 'multipart/form-data; boundary=xyz' };
    const { json } = await h.send('POST', '/api/v1/share', { raw, headers });
    const revealed = await h.send('POST', `/api/v1/secret/${json.secret_key}`);
    expect(revealed.json.value).toBe(text);
  });

  test('through a nested form', async () => {
    const form = { 'secret[secret]': 'a+b &=[]%', 'secret[ttl]': '300', 'secret[passphrase]': 'open' };
    const { json } = await h.send('POST', '/api/v2/secret/conceal', { form });
    expect(json.record.secret.lifespan).toBe(300);
    expect(json.record.secret.has_passphrase).toBe(true);
    const id = json.record.secret.identifier;
    const revealed = await h.send('POST', `/api/v2/secret/${id}/reveal`, {
      form: { continue: 'true', passphrase: 'open' },
    });
    expect(revealed.json.record.secret_value).toBe('a+b &=[]%');
  });

  test('whatever content type it is sent with', async () => {
    const headers = { 'content-type': 'text/plain' };
    const asJson = await h.send('POST', '/api/v1/share', { raw: '{"secret":"a"}', headers });
    expect(asJson.json.state).toBe('new');
    const asForm = await h.send('POST', '/api/v1/share', { raw: 'secret=a', headers });
    expect(asForm.json.state).toBe('new');
  });
});
