/**
 * The claim of one reveal: with it a reveal whose answer was lost is asked for again, and nobody else gets anything.
 * It is random, of no use without the link, and outlives a reload of the tab; the key never does.
 */
import { CLAIM_HEADER } from '../core/wire.ts';
import { ask } from './api.ts';

export interface Claim {
  /** 32 bytes in base64url. */
  value: string;
  /** How long the server answers it again, from its first reveal. */
  seconds: number;
}

const CLAIM_BYTES = 32;

function nameOf(identifier: string): string {
  return `ots claim ${identifier}`;
}

/**
 * Takes up the claim that this tab had for a secret, or makes a fresh one.
 *
 * @returns `none` where the server keeps no claims, undefined when it gave no useful answer
 */
export async function claimFor(baseUrl: string, identifier: string): Promise<Claim | 'none' | undefined> {
  const answer = await ask(`${baseUrl}/api/v3/status`);
  if (answer === undefined || answer.status === 429 || answer.status >= 500) return undefined;
  const announced = answer.headers.get(CLAIM_HEADER) ?? '';
  if (answer.status !== 200 || !/^[1-9]\d{0,5}$/.test(announced)) return 'none';
  const name = nameOf(identifier);
  const value = stored((storage) => storage.getItem(name)) ?? freshClaim();
  stored((storage) => storage.setItem(name, value));
  return { value, seconds: Number(announced) };
}

/** The secret is on the screen: the server may erase it. Unheard, it does so by itself. */
export function acknowledge(baseUrl: string, identifier: string, claim: Claim | undefined): void {
  if (claim === undefined) return;
  forget(identifier);
  void ask(`${baseUrl}/api/v3/guest/secret/${identifier}/acknowledge`, { claim: claim.value });
}

/** No answer waits for this secret's claim any more. */
export function forget(identifier: string): void {
  stored((storage) => storage.removeItem(nameOf(identifier)));
}

function freshClaim(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(CLAIM_BYTES));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** Where a browser has no storage, or refuses it, the claim lives as long as the page. */
function stored<T>(act: (storage: Storage) => T): T | undefined {
  try {
    return act(sessionStorage);
  } catch {
    return undefined;
  }
}
