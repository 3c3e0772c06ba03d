/**
 * Turns a failed exchange, or an answer that is none, into an {@link OtsError} in words: which server, what happened,
 * what to do. Knows nothing of Onetime Secret's own error bodies; those are classified in classify.ts.
 */

import { type ErrorDetails, OtsError } from '../core/errors.ts';
import { type Act, type Answer, consumes, creates } from './call.ts';
import { DEADLINE, TOO_LARGE, type WireError } from './exchange.ts';

export interface Place {
  /** Scheme, host and port of the server. */
  origin: string;
  proxyOrigin: string | undefined;
  timeoutMs: number;
}

/** What may have happened to a call that left this machine and got no usable answer. */
export function aftermath(act: Act): ErrorDetails {
  if (act === 'reveal') {
    return {
      ambiguous: true,
      hint: 'the secret may have been spent; ask with ots status before trying again',
    };
  }
  if (act === 'burn') return { ambiguous: true, hint: 'it may have been burned; ask with ots status' };
  if (creates(act)) {
    return {
      ambiguous: true,
      hint: 'a secret that nobody has the link to may remain there until it expires',
    };
  }
  return {};
}

const REFUSED = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'EHOSTDOWN',
  'ENETDOWN',
]);
const NOT_HTTP = /^HPE_|HEADERS_OVERFLOW$|HTTPParser/;
const TLS = /CERT|SSL|TLS|^EPROTO$|^UNABLE_TO_|SELF_SIGNED|CA_/;

/** Whether a connection error may go away by itself, and nothing was begun before it. */
export function isRefused(error: WireError): boolean {
  return !error.sent && error.code === 'ECONNREFUSED';
}

/** Whether a read may be sent again after this. */
export function isPassing(error: WireError): boolean {
  if (error.answered && error.code === TOO_LARGE) return false;
  return (
    error.code !== DEADLINE &&
    error.code !== 'ENOTFOUND' &&
    !TLS.test(error.code) &&
    !NOT_HTTP.test(error.code)
  );
}

function where(place: Place): string {
  return place.proxyOrigin === undefined
    ? place.origin
    : `${place.origin} through the proxy ${place.proxyOrigin}`;
}

function unconnected(error: WireError, place: Place): OtsError {
  const { code, cause } = error;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    const hint = 'check the server address and the network';
    return new OtsError('network', `could not find the host of ${where(place)}`, { hint, cause });
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' && place.proxyOrigin === undefined) {
    const plain = place.origin.replace(/^https:/, 'http:');
    const hint = `if that is meant, name it ${plain}`;
    return new OtsError('network', `${place.origin} answers without TLS`, { hint, cause });
  }
  if (TLS.test(code)) {
    const hint = 'for a private certificate authority give --ca-file or NODE_EXTRA_CA_CERTS';
    return new OtsError('network', `the certificate or TLS of ${where(place)} is not usable (${code})`, {
      hint,
      cause,
    });
  }
  if (place.proxyOrigin !== undefined && code === 'UND_ERR_ABORTED') {
    const hint = 'check the proxy and its credentials, or NO_PROXY';
    return new OtsError('network', `the proxy ${place.proxyOrigin} refused to connect to ${place.origin}`, {
      hint,
      cause,
    });
  }
  const why = REFUSED.has(code) ? 'connection refused' : code;
  const hint = 'check the server address, and that the server runs';
  return new OtsError('network', `could not connect to ${where(place)} (${why})`, { hint, cause });
}

/**
 * The error for an exchange that gave no answer.
 *
 * @returns code `network`; `ambiguous` when a creating or consuming call may have taken effect.
 */
export function exchangeFailure(error: WireError, act: Act, place: Place): OtsError {
  const after = error.sent ? { ...aftermath(act), cause: error.cause } : { cause: error.cause };
  if (error.code === DEADLINE || /TIMEOUT|ETIMEDOUT/.test(error.code)) {
    const seconds = Math.round(place.timeoutMs / 100) / 10;
    const hint = after.hint ?? 'try again, or allow more with --timeout';
    return new OtsError('network', `${where(place)} did not answer within ${seconds} s`, { ...after, hint });
  }
  if (!error.sent) return unconnected(error, place);
  if (error.code === TOO_LARGE) {
    return new OtsError('network', `the answer of ${place.origin} is larger than any it should give`, after);
  }
  if (NOT_HTTP.test(error.code)) {
    return new OtsError('network', `the answer of ${place.origin} is not usable HTTP (${error.code})`, after);
  }
  const what = error.answered ? 'broke off its answer' : 'closed the connection without an answer';
  return new OtsError('network', `${where(place)} ${what} (${error.code})`, after);
}

/** The error for a redirect, which is never followed: the next host could be anybody's. */
export function redirectFailure(answer: Answer, place: Place): OtsError {
  const location = answer.headers.get('location');
  const target = URL.canParse(location ?? '', place.origin)
    ? new URL(location ?? '', place.origin).origin
    : 'elsewhere';
  const hint =
    target === place.origin || target === 'elsewhere'
      ? 'check the path in the server address'
      : `if you trust it, use it with --server ${target}`;
  return new OtsError('network', `${place.origin} redirects to ${target}, which is not followed`, { hint });
}

/** The error for an answer without usable JSON, by its status and kind. */
export function unreadableFailure(answer: Answer, origin: string): OtsError {
  const { status, call, body } = answer;
  if (status === 413 && creates(call.act)) {
    return new OtsError('refused', `${origin} refuses a request of this size (413)`, {
      hint: 'share something smaller',
    });
  }
  const kind = {
    html: 'a web page',
    empty: 'an empty answer',
    broken: 'broken JSON',
    other: 'something that is not JSON',
    json: 'JSON that is not understood',
  }[body];
  // A 4xx was turned away; anything else may have reached the server behind a gateway.
  const turnedAway = status >= 400 && status < 500;
  const after = turnedAway && !consumesBroken(answer) ? {} : aftermath(call.act);
  const hint =
    after.hint ??
    (status >= 500 ? 'try again later' : 'check the server address; is it a Onetime Secret server?');
  return new OtsError('network', `${origin} answered ${status} with ${kind}`, { ...after, hint });
}

/** v1 answers 404 to everything, so that a cut body does not tell whether the call was turned away. */
function consumesBroken(answer: Answer): boolean {
  return answer.body === 'broken' && consumes(answer.call.act);
}
