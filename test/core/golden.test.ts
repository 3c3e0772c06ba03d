/** Opens every golden file, and holds the folder to its word: append-only. */

import { readdirSync, readFileSync } from 'node:fs';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { deriveKeys, openSecret, parseLink, parseLinkKey, preparePassphrase } from '../../src/core/index.ts';
import { nativeInflate, nativeScrypt } from '../../src/local/primitives.ts';
import { expectClass } from '../support/vectors.ts';

const FOLDER = new URL('../golden/', import.meta.url);

/** First 16 characters of each file's SHA-256. Lines are added here, never changed. */
const FROZEN: Record<string, string> = {
  'compressed.txt': '1dc08bff1417930c',
  'damaged-cut.txt': '381e6cf89f0469c2',
  'damaged-padding.txt': 'bfd23aa5c8e1121c',
  'decoys.txt': 'ed8af9cd0719437b',
  'gated-bad-name.txt': '34c2aef15eac1a2a',
  'gated-hint.txt': '86443f990d48fae3',
  'key-only-binary-file.txt': 'd9fc32a5951d1523',
  'key-only.txt': 'f4bc022fe1db6c71',
  'newer-encoding.txt': '7cc06f91665c74fc',
  'newer-text-form.txt': '835313963d2bcdfb',
  'no-end-mark.txt': '6ef791449fa5448e',
  'no-server.txt': '41952e5beca699e3',
  'passphrase-commitment-right-tag-wrong.txt': '9803f6c38ec7c4ec',
  'passphrase-decomposed.txt': '539ffefc74010d0d',
  'passphrase-wrong-gate-accepted.txt': '9a8d296a2f44f819',
  'passphrase-wrong.txt': 'cdac08f6b6648f4d',
  'passphrase.txt': '27d8d3b7a06bef1c',
  'wrapped.txt': '8d9fee25e00b3091',
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
    const hashes = names.map((name) => [
      name,
      bytesToHex(sha256(readFileSync(new URL(name, FOLDER)))).slice(0, 16),
    ]);
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
