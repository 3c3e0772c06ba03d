/**
 * What is checked before and after a secret is made: its size, and whether the server made what was asked for. A
 * secret that is not what was asked for is burned at once, and the caller gets an error instead of a link.
 */

import { type ErrorCode, OtsError } from '../core/errors.ts';
import type { Creation } from './records.ts';
import type { Concealed, ConcealRequest, GenerateRequest } from './types.ts';
import type { Wire } from './wire.ts';

/** Versions 0.18 to 0.23 cut longer texts of anonymous callers, v1 without saying so. */
export const CUT_CHARACTERS = 100_000;

function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/**
 * Refuses what the server would not keep, before anything is sent.
 *
 * @throws OtsError `refused` for size, `unauthorized` for a recipient without an account, `usage` for an empty text.
 */
export function checkRequest(wire: Wire, request: ConcealRequest): void {
  if (request.text === '') throw new OtsError('usage', 'there is nothing to share');
  const sizeBytes = Buffer.byteLength(request.text);
  if (sizeBytes > wire.maxTextBytes) {
    const message = `${sizeBytes} bytes are too many: ${wire.origin} takes ${wire.maxTextBytes} in one secret`;
    throw new OtsError('refused', message, {
      hint: 'share less, or set --max-size if the server takes more',
    });
  }
  const limit = wire.maxTextCharacters;
  if (limit !== undefined && sizeBytes > limit && countCharacters(request.text) > limit) {
    const message = `this text is too long: ${wire.origin} may cut it after ${limit} characters without saying so`;
    throw new OtsError('refused', message, { hint: 'share less, or use a newer server' });
  }
  if (request.recipient !== undefined && wire.credentials === undefined) {
    const message = `${wire.origin} mails links only for those with an account`;
    throw new OtsError('unauthorized', message, { hint: 'ots login, or set OTS_USERNAME and OTS_TOKEN' });
  }
}

const HOST = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::\d{1,5})?$/i;

/** The custom domain of a link, or undefined for the server's own host or something that is no host. */
function customDomain(wire: Wire, told: string | undefined): string | undefined {
  if (told === undefined || !HOST.test(told)) return undefined;
  return told.toLowerCase() === new URL(wire.origin).host ? undefined : told;
}

function sameDomain(wire: Wire, asked: string | undefined, granted: string | undefined): boolean {
  if (asked === undefined || asked === '') return true;
  return asked.toLowerCase() === (granted ?? new URL(wire.origin).host).toLowerCase();
}

/** Why a created secret is not the one that was asked for, as code and words; undefined when it is. */
function objection(
  wire: Wire,
  request: ConcealRequest | GenerateRequest,
  creation: Creation,
): { code: ErrorCode; message: string; hint: string } | undefined {
  if (wire.credentials !== undefined && creation.anonymous) {
    // 0.24.0 to 0.26.2: v2 ignores wrong credentials and makes an anonymous secret.
    const message = `${wire.origin} did not accept the credentials and made an anonymous secret`;
    return { code: 'unauthorized', message, hint: 'check the user name and the API token' };
  }
  if (creation.truncated && 'text' in request && countCharacters(request.text) !== CUT_CHARACTERS) {
    // At exactly the limit 0.22 and 0.23 say so although nothing was cut.
    return {
      code: 'refused',
      message: `${wire.origin} cut the text`,
      hint: 'share less, or use a newer server',
    };
  }
  if (!sameDomain(wire, request.shareDomain, customDomain(wire, creation.shareDomain))) {
    const message = `${wire.origin} did not use the asked domain`;
    return { code: 'refused', message, hint: 'is the domain set up on this server, for this account?' };
  }
  return undefined;
}

/**
 * Accepts a created secret, or burns it.
 *
 * @param burn destroys by receipt identifier.
 * @throws OtsError `unauthorized` or `refused` after burning; `network` when the answer tells no identifiers.
 */
export async function acceptCreation(
  wire: Wire,
  request: ConcealRequest | GenerateRequest,
  creation: Creation,
  burn: (receiptId: string) => Promise<unknown>,
): Promise<Concealed> {
  const { receiptId, secretId, ttlSeconds } = creation;
  if (receiptId === undefined) throw unusable(wire);
  const objected = objection(wire, request, creation);
  if (objected === undefined && secretId !== undefined) {
    return { receiptId, secretId, ttlSeconds, shareDomain: customDomain(wire, creation.shareDomain) };
  }
  const burned = await burn(receiptId).then(
    () => true,
    () => false,
  );
  const { code, message, hint } = objected ?? unusable(wire);
  const fate = burned
    ? 'the secret was burned at once'
    : 'the secret could not be burned and remains until it expires';
  throw new OtsError(code, `${message}; ${fate}`, { hint });
}

function unusable(wire: Wire): OtsError {
  return new OtsError('network', `${wire.origin} answered without the identifiers of the new secret`, {
    ambiguous: true,
    hint: 'a secret that nobody has the link to may remain there until it expires',
  });
}
