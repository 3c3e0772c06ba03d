/**
 * v3, from 0.24: the guest routes. Without an account only; the others want a browser's session.
 */

import { type Flavor, jsonRemote, passphraseMember } from './json-dialect.ts';
import type { ConcealRequest, GenerateRequest, Remote } from './types.ts';
import type { Wire } from './wire.ts';

/** The `secret` object of a creating request, from 0.24. Numbers as numbers, and nothing that is not set. */
export function secretBody(request: ConcealRequest | GenerateRequest): object {
  return {
    ...('text' in request ? { secret: request.text } : {}),
    ttl: request.ttlSeconds,
    ...passphraseMember(request.passphrase),
    ...(request.shareDomain === undefined ? {} : { share_domain: request.shareDomain }),
    ...('recipient' in request && request.recipient !== undefined ? { recipient: request.recipient } : {}),
  };
}

const V3: Flavor = {
  ping: '/api/v3/status',
  conceal: '/api/v3/guest/secret/conceal',
  generate: '/api/v3/guest/secret/generate',
  reveal: '/api/v3/guest/secret/{id}/reveal',
  status: ['/api/v3/secret/{id}/status'],
  receipt: '/api/v3/guest/receipt/{id}',
  burn: '/api/v3/guest/receipt/{id}/burn',
  concealBody: (request) => ({ secret: secretBody(request) }),
  generateBody: (request) => ({ secret: secretBody(request) }),
  burnContinue: true,
  crashMeans: 'rate_limited',
};

/** A {@link Remote} that speaks v3. */
export function v3Remote(wire: Wire): Remote {
  return jsonRemote(wire, V3);
}
