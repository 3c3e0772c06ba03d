/** `--plain`: text that the server itself encrypts, and may therefore garble or lose. */
import { decodeUtf8 } from '../core/bytes.ts';
import { OtsError } from '../core/index.ts';

/** The text of a --plain secret; refuses what a server would garble or lose. */
export function plainText(body: Uint8Array): string {
  const text = decodeUtf8(body);
  if (text === undefined) {
    throw new OtsError(
      'refused',
      'with --plain the secret must be UTF-8 text: the server would garble other bytes',
      {
        hint: 'leave out --plain: encrypted, any bytes travel',
      },
    );
  }
  if (looksLikeServerEnvelope(text)) {
    throw new OtsError('refused', 'the server would take this text for its own storage format and lose it', {
      hint: 'leave out --plain',
    });
  }
  return text;
}

/** Versions from 0.24 mistake such an object for something they have encrypted themselves. */
function looksLikeServerEnvelope(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    const members = ['algorithm', 'nonce', 'ciphertext', 'auth_tag', 'key_version'];
    return (
      typeof value === 'object' && value !== null && members.every((member) => Object.hasOwn(value, member))
    );
  } catch {
    return false;
  }
}
