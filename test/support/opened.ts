/** Opens links without the program, as another client would: many of them, quickly. */
import {
  deriveKeys,
  openSecret,
  parseLink,
  preparePassphrase,
  SUITE_PASSPHRASE,
} from '../../src/core/index.ts';
import { nativeInflate, nativeScrypt } from '../../src/local/primitives.ts';

/** Spends a link. @returns the secret as text; undefined when there is none */
export async function openLink(text: string, passphrase?: string): Promise<string | undefined> {
  const link = parseLink(text);
  if (link.kind !== 'sealed') throw new Error('this link has no key');
  const { baseUrl, identifier, suite, linkKey } = link;
  const prepared = suite === SUITE_PASSPHRASE ? preparePassphrase(passphrase ?? '') : undefined;
  const keys = await deriveKeys(suite, linkKey, prepared, { kdf: nativeScrypt });
  const answer = await fetch(`${baseUrl}/api/v3/guest/secret/${identifier}/reveal`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ continue: true, ...(prepared && { passphrase: keys.gateToken }) }),
  });
  if (answer.status === 404) return undefined;
  const { record } = (await answer.json()) as { record: { secret_value: string } };
  const { body } = openSecret(record.secret_value, keys, { inflate: nativeInflate, passphraseTested: true });
  return Buffer.from(body).toString();
}

/** Spends links one after the other. @returns their secrets; undefined for an empty link */
export async function openLinks(links: string[]): Promise<(string | undefined)[]> {
  const secrets: (string | undefined)[] = [];
  for (const link of links) secrets.push(link === '' ? undefined : await openLink(link));
  return secrets;
}
