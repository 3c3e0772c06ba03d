/** Opens every golden file, and holds the folder to its word: append-only. */

import { readdirSync, readFileSync } from 'node:fs';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { deriveKeys, openSecret, parseLink, parseLinkKey, preparePassphrase } from '../../src/core/index.ts';
import { nativeInflate, nativeScrypt } from '../../src/local/primitives.ts';
import { expectClass } from '../support/vectors.ts';

const FOLDER = new URL('../golden/', import.meta.url);

/** Each file's SHA-256. Lines are added here, never changed. */
const FROZEN: Record<string, string> = {
  'compressed.txt': '1dc08bff1417930c327f2074783a34efe6e5a890db3a5d6a6871f7c0e55cdaa1',
  'damaged-cut.txt': '381e6cf89f0469c2f0b0ab58d0c27e370d25fe0b67589efa83bfe58312030e85',
  'damaged-padding.txt': 'bfd23aa5c8e1121c5193b15aa9fb338f428ec99aa061a72639b51409b380dfd9',
  'decoys.txt': 'ed8af9cd0719437b12c7ffcd9fda4c8ba5e5ab2522bd70b1bd9499bdd762b13b',
  'gated-bad-name.txt': '34c2aef15eac1a2aed10653791f16f611f478af2677217c39741f1cd28b1ecf6',
  'gated-hint.txt': '86443f990d48fae3d230e6b9b9c91311fa1790824c5f9adedbf977b8dc74a40b',
  'key-only-binary-file.txt': 'd9fc32a5951d1523157d6103939582441903db6ce2ba0e5ef565a1debea72820',
  'key-only.txt': 'f4bc022fe1db6c7109b53baa95d4b663790280349fa07ac20e526d4357c7b719',
  'newer-encoding.txt': '7cc06f91665c74fc2747e262bd9efd35ff1ffb95b17e6d01343b10263ca8ff2e',
  'newer-text-form.txt': '835313963d2bcdfb1f857c04dc7ee9563ce02cf217f167d09c99049d25e51d37',
  'no-end-mark.txt': '6ef791449fa5448e5415a985766d15c147df44fe32c45c6ca5ca9ef649828512',
  'no-server.txt': '41952e5beca699e356c953cd9b291901310e328b43ab36e94f4d0b9a4f979fa5',
  'passphrase-commitment-right-tag-wrong.txt':
    '9803f6c38ec7c4eca443c1953e06da635473818bf4de2ff621a9ef3671257c81',
  'passphrase-decomposed.txt': '539ffefc74010d0d7432c994ae098a9564e98e9d4c99f06804e17a93dddc3ff8',
  'passphrase-wrong-gate-accepted.txt': '9a8d296a2f44f81924c7cfd596a88de1ee12a736422dc4566e38329aa45b9987',
  'passphrase-wrong.txt': 'cdac08f6b6648f4d7ff881dad52dac685789bdaa6e76953997dea231467ce8a4',
  'passphrase.txt': '27d8d3b7a06bef1cc90d65b3b234781385f549912c6b1919554feba06995354a',
  'wrapped.txt': '8d9fee25e00b30916581578a304ab1660a1d2262f704c7bbf459fd68a07a888a',
};

interface Golden {
  header: Map<string, string>;
  text: string;
}

function readGolden(name: string): Golden {
  const content = readFileSync(new URL(name, FOLDER), 'utf8');
  const end = content.indexOf('\n\n');
  const lines = content.slice(0, end).split('\n');
  const header = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  return { header, text: content.slice(end + 2) };
}

async function open({ header, text }: Golden) {
  const link = header.get('link') ?? '';
  if (link !== '') expect(parseLink(link).kind).toBe('sealed');
  const { suite, linkKey } = parseLinkKey(link || (header.get('fragment') ?? ''));
  const passphrase = header.get('passphrase');
  const prepared = passphrase === undefined ? undefined : preparePassphrase(passphrase);
  const N = Number(header.get('kdf-n') ?? 2 ** 17);
  const keys = await deriveKeys(suite, linkKey, prepared, { kdf: nativeScrypt, cost: { N, r: 8, p: 1 } });
  return openSecret(text, keys, {
    inflate: nativeInflate,
    passphraseTested: header.get('gate') === 'accepted',
  });
}

describe('golden files', () => {
  it('are only ever added', () => {
    const names = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));
    const hashes = names.map((name) => [name, bytesToHex(sha256(readFileSync(new URL(name, FOLDER))))]);
    expect(Object.fromEntries(hashes)).toEqual(FROZEN);
  });

  it.each(Object.keys(FROZEN))('%s', async (name) => {
    const golden = readGolden(name);
    const { header } = golden;
    expect(header.get('format')).toBe('ots/1');
    const expected = header.get('expect') ?? '';
    if (expected !== 'success') {
      await expectClass(expected.replaceAll('-', '_'), () => open(golden));
      return;
    }
    const content = await open(golden);
    expect(content.body.length).toBe(Number(header.get('body-bytes')));
    expect(bytesToHex(sha256(content.body))).toBe(header.get('body-sha256'));
    expect(content.filename).toBe(header.get('filename'));
    expect(content.mediaType).toBe(header.get('media-type'));
    expect(content.dropped.join(' ')).toBe(header.get('warnings') ?? '');
  });
});
