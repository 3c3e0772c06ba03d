/** Reads the vector files, and knows how this program spells the classes that they expect. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { type ErrorCode, OtsError } from '../../src/core/index.ts';

export function readVectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8')) as T;
}

export interface OpenCase {
  name: string;
  suite: 16 | 18 | 19;
  linkKey: string;
  identifier: string;
  link: string | null;
  passphrase?: string;
  kdf?: { N: number; r: number; p: number };
  gateAccepted: boolean;
  text: string;
  envelope?: string;
  expect: {
    body: string;
    bodySha256: string;
    filename: string | null;
    mediaType: string | null;
    warnings: string[];
  };
}

export type RefusedCase = Omit<OpenCase, 'expect'> & { expect: string };

/** The code of each class, and words that only this class's message has. */
const CLASSES: Record<string, [ErrorCode, RegExp]> = {
  damaged_link: ['usage', /link is damaged: it was cut/],
  empty_fragment: ['usage', /the part after # is missing/],
  lost_hash: ['usage', /lost the #/],
  ambiguous: ['usage', /more than one/],
  not_a_link: ['usage', /not a secret link/],
  newer_version: ['usage', /newer version/],
  bad_passphrase: ['usage', /^the passphrase /],
  wrong_passphrase: ['wrong_passphrase', /passphrase is wrong/],
  no_text_form: ['damaged', /no encrypted text/],
  damaged: ['damaged', /not made for this link|changed after it was made|is malformed/],
};

/** Asserts that `act` fails with exactly the class that a vector expects. */
export async function expectClass(name: string, act: () => unknown): Promise<void> {
  const [code, words] = CLASSES[name] ?? [];
  if (code === undefined || words === undefined) throw new Error(`unknown class ${name}`);
  let caught: unknown;
  try {
    await act();
  } catch (error) {
    caught = error;
  }
  expect(caught, `${name}: nothing was thrown`).toBeInstanceOf(OtsError);
  const error = caught as OtsError;
  // After the request a newer version is damage, before it wrong usage: the words are the same.
  expect(error.code === code || (name === 'newer_version' && error.code === 'damaged'), error.code).toBe(
    true,
  );
  expect(error.message).toMatch(words);
}
