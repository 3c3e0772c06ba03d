/** From a passphrase as typed to the keys of one secret, with words for what goes wrong. */
import {
  deriveKeys,
  type Kdf,
  type LinkKey,
  OtsError,
  portableScrypt,
  preparePassphrase,
  type SecretKeys,
  SUITE_PASSPHRASE,
} from '../core/index.ts';
import type { Notice } from './dom.ts';

/** Derives the keys; for suite 0x13 that takes a second or several, which the notice shows. */
export async function unlock(
  key: Pick<LinkKey, 'suite' | 'linkKey'>,
  passphrase: string,
  status: Notice,
): Promise<SecretKeys> {
  if (key.suite !== SUITE_PASSPHRASE) return deriveKeys(key.suite, key.linkKey);
  const prepared = preparePassphrase(passphrase);
  try {
    return await deriveKeys(key.suite, key.linkKey, prepared, { kdf: shownKdf(status) });
  } finally {
    prepared.fill(0);
  }
}

/** Stretching with a bar that fills; it pauses a hundred times a second, so that the page stays alive. */
export function shownKdf(status: Notice): Kdf {
  return async (passphrase, salt, cost) => {
    const progress = status.progress('Stretching the passphrase', 'this takes a few seconds on purpose');
    // The browser paints the notice before the work begins.
    await new Promise((painted) => setTimeout(painted, 20));
    return portableScrypt(passphrase, salt, cost, progress);
  };
}

/** Says what was thrown: the program's own errors in their words, all else in few. */
export function sayError(status: Notice, error: unknown): void {
  if (error instanceof OtsError) status.say('error', error.message, error.hint);
  else status.say('error', 'this browser could not do that', 'update it, or use the ots program');
}
