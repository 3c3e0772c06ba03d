/** Runs test/vectors/envelope.json: values computed by an independent implementation (test/vectors/reference.py). */
import { extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { openEnvelope, sealEnvelope } from '../../src/core/envelope.ts';
import { encodeFragment } from '../../src/core/fragment.ts';
import { decodeFrame, encodeFrame, type FrameMetadata } from '../../src/core/frame.ts';
import {
  decodePassphraseFile,
  deriveKeys,
  formatLink,
  openSecret,
  parseLink,
  parseLinkKey,
  preparePassphrase,
} from '../../src/core/index.ts';
import { encodeGateToken, labelOf, portableScrypt, scryptSalt } from '../../src/core/keys.ts';
import { paddedFrameBytes } from '../../src/core/padding.ts';
import { encodeTextForm, findTextForms } from '../../src/core/textform.ts';
import { nativeInflate, nativeScrypt } from '../../src/local/primitives.ts';
import { expectClass, type OpenCase, type RefusedCase, readVectors } from '../support/vectors.ts';

interface SealCase {
  name: string;
  suite: 16 | 18 | 19;
  linkKey: string;
  nonce: string;
  identifier: string;
  passphrase?: string;
  passphrasePrepared?: string;
  kdf?: { N: number; r: number; p: number };
  metadata: string;
  metadataJson: FrameMetadata | null;
  body: string;
  scryptSalt?: string;
  stretched?: string;
  prk: string;
  payloadKey: string;
  commitment: string;
  gate: string;
  gateToken: string;
  frame: string;
  envelope: string;
  textForm: string;
  fragment: string;
  link: string | null;
}

interface LinkCase {
  name: string;
  link: string;
  expect: {
    origin: string;
    path: string;
    identifier: string;
    suite: number;
    linkKey: string;
    exposed: boolean;
  };
}

const vectors = readVectors<{
  seal: SealCase[];
  padding: { length: number; padded: number }[];
  open_ok: OpenCase[];
  open_refused: RefusedCase[];
  text_ok: OpenCase[];
  text_refused: RefusedCase[];
  passphrase_ok: { name: string; typed?: string; fileBytes?: string; prepared: string }[];
  passphrase_refused: {
    name: string;
    typed?: string;
    typedUtf16?: string;
    fileBytes?: string;
    expect: string;
  }[];
  link_ok: LinkCase[];
  link_repaired: LinkCase[];
  link_ordinary: LinkCase[];
  link_refused: { name: string; link: string; expect: string }[];
  link_cut: { name: string; link: string; runs: { from: number; to: number; expect: string }[] }[];
}>('envelope.json');

function keysOf(vector: Pick<OpenCase, 'suite' | 'linkKey' | 'passphrase' | 'kdf'>) {
  const prepared = vector.passphrase === undefined ? undefined : preparePassphrase(vector.passphrase);
  const options = { kdf: nativeScrypt, cost: vector.kdf };
  return deriveKeys(vector.suite, hexToBytes(vector.linkKey), prepared, options);
}

async function open(vector: OpenCase | RefusedCase) {
  const keys = await keysOf(vector);
  return openSecret(vector.text, keys, { inflate: nativeInflate, passphraseTested: vector.gateAccepted });
}

describe.each(vectors.seal)('seal: $name', (vector) => {
  const linkKey = hexToBytes(vector.linkKey);

  it('derives every intermediate key', async () => {
    let ikm = linkKey;
    if (vector.passphrase !== undefined) {
      const prepared = preparePassphrase(vector.passphrase);
      expect(bytesToHex(prepared)).toBe(vector.passphrasePrepared);
      const salt = scryptSalt(vector.suite, linkKey);
      expect(bytesToHex(salt)).toBe(vector.scryptSalt);
      const stretched = await nativeScrypt(prepared, salt, vector.kdf!);
      expect(bytesToHex(stretched)).toBe(vector.stretched);
      expect(bytesToHex(await portableScrypt(prepared, salt, vector.kdf!))).toBe(vector.stretched);
      ikm = concatBytes(linkKey, stretched);
    }
    expect(bytesToHex(extract(sha256, ikm, labelOf(vector.suite)))).toBe(vector.prk);
    const keys = await keysOf(vector);
    expect(bytesToHex(keys.payloadKey)).toBe(vector.payloadKey);
    expect(bytesToHex(keys.commitment)).toBe(vector.commitment);
    expect(keys.gateToken).toBe(vector.gateToken);
    expect(encodeGateToken(hexToBytes(vector.gate))).toBe(vector.gateToken);
  });

  it('encodes frame, envelope, text form, fragment and link to the exact bytes', async () => {
    const frame = hexToBytes(vector.frame);
    if (vector.metadataJson?.encoding === undefined) {
      expect(bytesToHex(encodeFrame(vector.metadataJson ?? {}, hexToBytes(vector.body)))).toBe(vector.frame);
    }
    const envelope = sealEnvelope(await keysOf(vector), hexToBytes(vector.nonce), frame);
    expect(bytesToHex(envelope)).toBe(vector.envelope);
    expect(encodeTextForm(envelope)).toBe(vector.textForm);
    expect(encodeFragment(vector.suite, linkKey, vector.identifier)).toBe(vector.fragment);
    if (vector.link !== null) {
      expect(formatLink('https://ots.example', vector.identifier, vector.suite, linkKey)).toBe(vector.link);
    }
  });

  it('opens what the other implementation sealed', async () => {
    const [envelope] = findTextForms(vector.textForm);
    expect(bytesToHex(envelope!)).toBe(vector.envelope);
    const frame = openEnvelope(await keysOf(vector), envelope!);
    expect(bytesToHex(frame)).toBe(vector.frame);
    expect(bytesToHex(decodeFrame(frame, nativeInflate).body)).toBe(vector.body);
    expect(parseLinkKey(vector.link ?? vector.fragment)).toEqual({
      suite: vector.suite,
      linkKey,
      checkHolds: true,
    });
  });
});

describe('padding', () => {
  it.each(vectors.padding)('$length bytes become $padded', ({ length, padded }) => {
    expect(paddedFrameBytes(length)).toBe(padded);
  });
});

describe.each([
  ['envelope', vectors.open_ok],
  ['text', vectors.text_ok],
] as const)('opened (%s)', (_, cases) => {
  it.each(cases)('$name', async (vector) => {
    const content = await open(vector);
    expect(bytesToHex(sha256(content.body))).toBe(vector.expect.bodySha256);
    expect(content.filename ?? null).toBe(vector.expect.filename);
    expect(content.mediaType ?? null).toBe(vector.expect.mediaType);
    expect([...content.dropped].sort()).toEqual([...vector.expect.warnings].sort());
  });
});

describe.each([
  ['envelope', vectors.open_refused],
  ['text', vectors.text_refused],
] as const)('refused (%s)', (_, cases) => {
  it.each(cases)('$name: $expect', async (vector) => {
    await expectClass(vector.expect, () => open(vector));
  });
});

describe('passphrases', () => {
  it.each(vectors.passphrase_ok)('$name', ({ typed, fileBytes, prepared }) => {
    const text = fileBytes === undefined ? typed! : decodePassphraseFile(hexToBytes(fileBytes));
    expect(bytesToHex(preparePassphrase(text))).toBe(prepared);
  });

  it.each(vectors.passphrase_refused)(
    'refused: $name',
    async ({ typed, typedUtf16, fileBytes, expect: expected }) => {
      await expectClass(expected, () => {
        if (fileBytes !== undefined) return preparePassphrase(decodePassphraseFile(hexToBytes(fileBytes)));
        return preparePassphrase(typed ?? Buffer.from(typedUtf16!, 'hex').swap16().toString('utf16le'));
      });
    },
  );
});

describe('links', () => {
  it.each([...vectors.link_ok, ...vectors.link_repaired])('read: $name', ({ link, expect: expected }) => {
    expect(parseLink(link)).toEqual({
      kind: 'sealed',
      baseUrl: expected.origin + expected.path,
      identifier: expected.identifier,
      suite: expected.suite,
      linkKey: hexToBytes(expected.linkKey),
      unwrapped: expected.exposed,
    });
  });

  it.each(vectors.link_ordinary)('ordinary: $name', ({ link, expect: { origin, path, identifier } }) => {
    expect(parseLink(link)).toEqual({ kind: 'ordinary', baseUrl: origin + path, identifier });
  });

  it.each(vectors.link_refused)('refused: $name: $expect', async ({ link, expect: expected }) => {
    await expectClass(expected, () => parseLink(link));
  });

  it.each(vectors.link_cut)('cut: $name', async ({ link, runs }) => {
    for (const { from, to, expect: expected } of runs) {
      for (let length = from; length <= to; length++) {
        const cut = link.slice(0, length);
        if (expected === 'ok') expect(parseLink(cut).kind).toBe('sealed');
        else if (expected === 'ordinary_link') expect(parseLink(cut).kind).toBe('ordinary');
        else await expectClass(expected, () => parseLink(cut));
      }
    }
  });
});
