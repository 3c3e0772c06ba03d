/**
 * v2 as it was from 0.18 to 0.23. 0.18 takes flat bodies, reveals without `/reveal` and names the new secret only in
 * the receipt; 0.19 nests the body; 0.21 adds the status of a secret. Receipts live under `/private` in all of them.
 */

import { type Flavor, jsonRemote } from './json-dialect.ts';
import type { Remote } from './types.ts';
import { secretBody } from './v3.ts';
import type { Wire } from './wire.ts';

const PEEK = '/api/v2/secret/{id}';
const STATUS = '/api/v2/secret/{id}/status';

const NESTED: Flavor = {
  ping: '/api/v2/status',
  conceal: '/api/v2/secret/conceal',
  generate: '/api/v2/secret/generate',
  reveal: '/api/v2/secret/{id}/reveal',
  status: [STATUS, PEEK],
  receipt: '/api/v2/private/{id}',
  burn: '/api/v2/private/{id}/burn',
  concealBody: (request) => ({ secret: { kind: 'conceal', ...secretBody(request) } }),
  generateBody: (request) => ({ secret: { kind: 'generate', ...secretBody(request) } }),
  burnContinue: 'true',
  // 0.19 and 0.20 crash on a wrong passphrase, before they count it.
  crashMeans: 'wrong_passphrase',
};

const FLAT: Flavor = {
  ...NESTED,
  generate: '/api/v2/secret/conceal',
  reveal: PEEK,
  status: [PEEK],
  concealBody: (request) => ({ kind: 'share', ...secretBody(request) }),
  generateBody: (request) => ({ kind: 'generate', ...secretBody(request) }),
};

function flavorOf(version: string | undefined): Flavor {
  const minor = /^0\.(\d{1,3})(?:\.|$)/.exec(version ?? '')?.[1];
  if (minor === undefined) return NESTED;
  if (Number(minor) <= 18) return FLAT;
  if (Number(minor) <= 20) return { ...NESTED, status: [PEEK] };
  return { ...NESTED, status: [STATUS], crashMeans: 'network' };
}

/** A {@link Remote} that speaks v2 to 0.18 to 0.23, by the version that the probe was told. */
export function v2OldRemote(wire: Wire): Remote {
  return jsonRemote(wire, flavorOf(wire.facts?.version));
}
