/**
 * v2 as it is from 0.24: JSON, with or without Basic credentials.
 */

import { type Flavor, jsonRemote } from './json-dialect.ts';
import type { Remote } from './types.ts';
import { secretBody } from './v3.ts';
import type { Wire } from './wire.ts';

const V2: Flavor = {
  ping: '/api/v2/status',
  conceal: '/api/v2/secret/conceal',
  generate: '/api/v2/secret/generate',
  reveal: '/api/v2/secret/{id}/reveal',
  status: ['/api/v2/secret/{id}/status'],
  receipt: '/api/v2/receipt/{id}',
  burn: '/api/v2/receipt/{id}/burn',
  concealBody: (request) => ({ secret: secretBody(request) }),
  generateBody: (request) => ({ secret: secretBody(request) }),
  burnContinue: true,
  crashMeans: 'rate_limited',
};

/** A {@link Remote} that speaks v2 to 0.24 and later. */
export function v2Remote(wire: Wire): Remote {
  return jsonRemote(wire, V2);
}
