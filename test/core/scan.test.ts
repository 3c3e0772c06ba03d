/** Links in any text: in what form ever programs wrote them, each once, wherever the text was cut into pieces. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FoundLink, formatLink, SUITE_GATED, SUITE_KEY } from '../../src/core/index.ts';
import { createScanner } from '../../src/core/scan.ts';

const HOST = 'https://eu.onetimesecret.com';
const ID = 'k3'.repeat(31);
const KEY = new Uint8Array(32).fill(7);
const LINK = formatLink(HOST, ID, SUITE_KEY, KEY);
const FRAGMENT = LINK.slice(LINK.indexOf('#') + 1);
const RECEIPT = `${HOST}/receipt/${'r5'.repeat(31)}`;

function binary(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function scan(text: string, pieces: number[] = []): FoundLink[] {
  const scanner = createScanner();
  const whole = binary(text);
  let at = 0;
  for (const cut of [...pieces, whole.length]) {
    scanner.push(whole.slice(at, cut));
    at = cut;
  }
  return scanner.finish();
}

/** Kind, server and identifier: what decides what is burned. */
function brief(links: FoundLink[]): string[] {
  return links.map(({ kind, baseUrl, identifier }) => `${kind} ${baseUrl} ${identifier}`);
}

const SEALED = [`sealed ${HOST} ${ID}`];

function encoded(text: string, rounds = 1): string {
  return rounds === 0 ? text : encoded(encodeURIComponent(text), rounds - 1);
}

/** Quoted-printable with lines of `width`. */
function quotedPrintable(text: string, width: number, end = '\r\n'): string {
  const escaped = text.replace(/[=#]/g, (mark) => `=${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  return escaped.replace(new RegExp(`(?:=[0-9A-F]{2}|.){${width}}`, 'g'), `$&=${end}`);
}

function entities(text: string): string {
  return text.replace(/[/:#]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

describe('a link with its key is found', () => {
  const forms: [string, string][] = [
    ['as it is', LINK],
    ['in a sentence', `look: ${LINK}, thanks`],
    ['in brackets, quotes and Markdown', `[x](${LINK}) <${LINK}> "${LINK}" **${LINK}**`],
    ["in Slack's export", `{"text":"here <${LINK}|${LINK}> \\n"}`],
    ['in JSON with escaped slashes', `{"u":"${LINK.replaceAll('/', '\\/').replace('#', '\\u0023')}"}`],
    ['in JSON inside JSON', `{"u":"{\\"u\\":\\"${LINK.replaceAll('/', '\\\\\\/')}\\"}"}`],
    ['with %23', LINK.replace('#', '%23')],
    ['with %2523', LINK.replace('#', '%2523')],
    ['with an entity for its #', LINK.replace('#', '&num;')],
    ['with entities for all its marks', entities(LINK)],
    ['with entities of entities', LINK.replace('#', '&amp;#35;').replaceAll('/', '&amp;#x2F;')],
    ['in a wrapper of a mail gateway', `https://gw.example/?url=${encoded(LINK)}&data=05%7C01`],
    ['in a wrapper of a wrapper', `https://gw.example/?url=${encoded(LINK, 2)}&amp;x`],
    ['in a wrapper that encodes nothing', `https://gw.example/go?u=${LINK}&x=1`],
    [
      "as urldefense's version 2 writes it",
      `https://urldefense.proofpoint.com/v2/url?u=https-3A__eu.onetimesecret.com_secret_${ID}-23${FRAGMENT}&d=DwMF`,
    ],
    [
      "as urldefense's version 3 writes it",
      `https://urldefense.com/v3/__${LINK.replace('#', '*')}__;Iw!!abc$`,
    ],
    ['in quoted-printable', `see ${quotedPrintable(LINK, 40)} now`],
    ['in a quotation of mail, broken', `> see\n> ${LINK.slice(0, 70)}\n> ${LINK.slice(70)}\n> bye`],
    ['broken in the middle of the word', `${'x'.repeat(40)} ${LINK.slice(0, 32)}\n${LINK.slice(32)}`],
    ['broken at the slash', `${LINK.slice(0, 29)}\n${LINK.slice(29)}`],
    ['with a break of HTML', `${LINK.slice(0, 80)}<br/>\n${LINK.slice(80)}`],
    ['with zero-width characters', [...LINK].join('\u200b')],
    ['with soft hyphens and word joiners', [...LINK].join('\u00ad\u2060')],
    ['with <wbr> in it', LINK.replace(/(.{9})/g, '$1<wbr>')],
    ['that lost its #', LINK.replace('#', '')],
    ['with a ? typed for its #', LINK.replace('#', '?')],
    ['without its scheme', `go to ${LINK.replace('https://', '')} now`],
    ['with its scheme in capitals', LINK.replace('https', 'HTTPS')],
    ['with a query', LINK.replace('#', '/?utm=chat#')],
    ['behind other links', `http://a.example/x ${LINK} http://b.example/secret/`],
  ];
  test.each(forms)('%s', (_, text) => {
    expect(brief(scan(text))).toEqual(SEALED);
  });

  test('in quoted-printable, wherever its lines end', () => {
    for (const end of ['\r\n', '\n']) {
      for (let width = 8; width < 100; width++) {
        expect(brief(scan(`> ${quotedPrintable(LINK, width, end)}`)), `${width}`).toEqual(SEALED);
      }
    }
  });

  test('broken by a terminal at any column', () => {
    for (let column = LINK.indexOf('/secret'); column < LINK.length; column++) {
      const lead = 'x'.repeat(70);
      const text = `${lead} ${LINK.slice(0, column)}\n${LINK.slice(column)}\nand so on`;
      expect(brief(scan(text)), LINK.slice(0, column)).toEqual(SEALED);
    }
  });
});

describe('without a key', () => {
  test('an ordinary link, and one with a key that is damaged', () => {
    expect(brief(scan(`${HOST}/secret/${ID}\nnext line`))).toEqual([`ordinary ${HOST} ${ID}`]);
    expect(brief(scan(`${LINK.slice(0, -1)} x`))).toEqual([`damaged ${HOST} ${ID}`]);
    expect(brief(scan(`${HOST}/secret/${ID}#`))).toEqual([`damaged ${HOST} ${ID}`]);
  });

  test('an identifier that a line break cut is joined when it then is as long as servers make them', () => {
    const broken = `${HOST}/secret/${ID.slice(0, 30)}x\n${ID.slice(31)} more`;
    const cut = `${HOST}/secret/${ID.slice(0, 25)}\n${ID.slice(25)} more`;
    expect(brief(scan(cut))).toEqual([`ordinary ${HOST} ${ID}`]);
    // 31 characters are whole as well, and nothing tells: what stands unbroken counts.
    expect(brief(scan(broken))).toEqual([`ordinary ${HOST} ${ID.slice(0, 30)}x`]);
  });

  test('an identifier of no usual length is not trusted', () => {
    expect(brief(scan(`${HOST}/secret/${ID.slice(0, 40)}\u2026`))).toEqual([
      `damaged ${HOST} ${ID.slice(0, 40)}`,
    ]);
  });

  test('receipts under all their names, and path prefixes', () => {
    const id = 'r5'.repeat(31);
    const text = `${RECEIPT} ${HOST}/private/${id}/burn https:\\/\\/x.example:8443\\/a\\/b\\/metadata\\/${id}`;
    expect(brief(scan(text))).toEqual([`receipt ${HOST} ${id}`, `receipt https://x.example:8443/a/b ${id}`]);
  });
});

describe('each once', () => {
  test('the most complete form of a link stays, where it was first', () => {
    const found = scan(`${LINK.slice(0, -5)} ${RECEIPT} ${HOST}/secret/${ID} ${encoded(LINK)} ${LINK}`);
    expect(brief(found)).toEqual([...SEALED, `receipt ${HOST} ${'r5'.repeat(31)}`]);
    expect(found[0]).toMatchObject({ suite: SUITE_KEY, linkKey: KEY });
  });

  test('a shortened copy of a link that is there in full is not counted', () => {
    expect(brief(scan(`${HOST}/secret/${ID.slice(0, 33)}\u2026 ${LINK}`))).toEqual(SEALED);
  });
});

test('what is no link is not found', () => {
  for (const text of [
    'the secret/of success',
    `/secret/${ID}`,
    `${HOST}/secret/short`,
    `${HOST}/secretary/${ID}`,
    `https://user:pass@evil.example/secret/${ID}`,
    `https://x.example/?to=/secret/${ID}`,
    `see https://x.example is down\nfoo/secret/${ID}`,
    '/secret/'.repeat(10_000),
    'secret\n'.repeat(10_000),
  ])
    expect(brief(scan(text)), text.slice(0, 60)).toEqual([]);
});

test('it makes no difference where a text is cut into pieces', () => {
  const other = formatLink('https://x.example/p', 'Ab'.repeat(15), SUITE_GATED, KEY);
  const text = `chat ${LINK}\n> ${quotedPrintable(other, 30)} ${'pad '.repeat(600)} ${entities(RECEIPT)}\u2026`;
  const expected = scan(text);
  expect(expected).toHaveLength(3);
  const { length } = binary(text);
  for (let cut = 0; cut <= length; cut++) expect(scan(text, [cut])).toEqual(expected);
  expect(
    scan(
      text,
      Array.from({ length }, (_, index) => index),
    ),
  ).toEqual(expected);
});

/** A mail whose text is in base64, as programs write what is not ASCII. */
function base64Mail(text: string, end = '\r\n'): string {
  const lines = Buffer.from(text).toString('base64').replace(/.{76}/g, `$&${end}`);
  return [
    'From a@x.example',
    'Content-Type: text/plain',
    'Content-Transfer-Encoding: base64',
    'X-More: 1',
    '',
    lines,
    '',
    '--end',
    '',
  ].join(end);
}

test('links in the base64 of a mailbox are found, wherever it is cut', () => {
  for (const end of ['\r\n', '\n']) {
    for (const lead of ['', 'a', 'ab', 'lange Gr\u00fc\u00dfe '.repeat(20)]) {
      const text = `${base64Mail(`${lead} ${LINK} bye`, end)}${base64Mail(`then ${RECEIPT}`, end)}base64 is fine`;
      const expected = [...SEALED, `receipt ${HOST} ${'r5'.repeat(31)}`];
      expect(brief(scan(text))).toEqual(expected);
      for (let cut = 0; cut < text.length; cut += 7) expect(brief(scan(text, [cut]))).toEqual(expected);
      expect(
        brief(
          scan(
            text,
            Array.from({ length: text.length }, (_, index) => index),
          ),
        ),
      ).toEqual(expected);
    }
  }
});

test('links planted into rubbish are all found, in any pieces', () => {
  const rubbish = fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
  const wrapped = fc.constantFrom(
    (link: string) => link,
    encoded,
    entities,
    (link: string) => quotedPrintable(link, 50),
    (link: string) => link.replaceAll('/', '\\/'),
  );
  const planted = fc.tuple(fc.uint8Array({ minLength: 32, maxLength: 32 }), wrapped, rubbish);
  fc.assert(
    fc.property(fc.array(planted, { maxLength: 8 }), fc.array(fc.nat(20_000)), (plants, cuts) => {
      let text = '';
      const expected: string[] = [];
      for (const [key, wrap, noise] of plants) {
        const id = randomBytes(31).toString('hex');
        expected.push(`sealed ${HOST} ${id}`);
        text += `${noise} ${wrap(formatLink(HOST, id, SUITE_KEY, key))} `;
      }
      const scanner = createScanner();
      let at = 0;
      for (const cut of cuts.sort((one, two) => one - two)) {
        scanner.push(text.slice(at, cut));
        at = Math.max(at, cut);
      }
      scanner.push(text.slice(at));
      expect(brief(scanner.finish())).toEqual(expected);
    }),
    { numRuns: 150 },
  );
});

test('rubbish made of the parts of links gives no error, in time that grows with its length only', () => {
  const part = fc.constantFrom(
    'https://',
    'x.example',
    '/',
    'secret',
    '/secret/',
    ID,
    '#',
    FRAGMENT,
    '%2F',
    '%',
    '=\n',
    '\n',
    '> ',
    '&#35;',
    'https%3A%2F%2F',
    '\\',
    '\\/',
    '?',
    'receipt',
    '\u00e2\u0080\u008b',
    ' ',
    'a',
    'https-3A__',
    '_',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 400 }), (parts) => {
      const scanner = createScanner();
      for (const piece of parts) scanner.push(piece);
      for (const link of scanner.finish()) expect(link.identifier).toMatch(/^[0-9A-Za-z]{20,128}$/);
    }),
    { numRuns: 300 },
  );
});
