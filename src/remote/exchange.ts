/**
 * One request over undici's dispatcher, and its answer: bytes, bounded in time and size. Nothing here repeats, follows
 * a redirect or keeps a cookie.
 *
 * Why not undici's `request`: the handler below tells whether the request was begun, which decides if a consuming
 * call is lost or merely failed, and keeps a body that arrived whole although its length was announced wrongly.
 */

import type { Dispatcher } from 'undici';

export interface WireRequest {
  origin: string;
  path: string;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body: string | undefined;
  /** For the whole exchange, connecting included. */
  remainingMs: number;
  maxBodyBytes: number;
}

export interface WireAnswer {
  status: number;
  headers: ReadonlyMap<string, string>;
  body: string;
}

/** Codes of {@link WireError} that this file makes; all others are those of Node and undici. */
export const DEADLINE = 'OTS_DEADLINE';
export const TOO_LARGE = 'OTS_TOO_LARGE';

/** A failed exchange: the code of its cause, and whether the request may have left this machine. */
export class WireError extends Error {
  readonly code: string;
  readonly sent: boolean;
  /** Headers had arrived when it failed. */
  readonly answered: boolean;

  constructor(code: string, sent: boolean, answered: boolean, cause?: unknown) {
    super(code, { cause });
    this.name = 'WireError';
    this.code = code;
    this.sent = sent;
    this.answered = answered;
  }
}

/**
 * A body that goes quiet for this long is taken when it is complete JSON. Source: versions to 0.26 announce a wrong
 * content-length on some answers, and the connection then hangs.
 */
const QUIET_MS = 1000;

/** The code of an error, also of the several that connecting to several addresses gives. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  const own = (error as { code?: unknown }).code;
  if (typeof own === 'string') return own;
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error.cause === undefined ? error.name : codeOf(error.cause);
}

function joinHeaders(headers: Record<string, string | string[] | undefined>): Map<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) joined.set(name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value);
  }
  return joined;
}

/** Whether a text is one whole JSON object or array. A part of one never is. */
function isWholeJson(body: string): boolean {
  if (!/^\s*[[{]/.test(body)) return false;
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}

/** What is known of an exchange under way. */
interface Reception {
  request: WireRequest;
  resolve: (answer: WireAnswer) => void;
  reject: (error: WireError) => void;
  chunks: Buffer[];
  sizeBytes: number;
  status: number;
  headers: ReadonlyMap<string, string>;
  /** Set as soon as undici begins to write the request. */
  controller: Dispatcher.DispatchController | undefined;
  deadline: NodeJS.Timeout | undefined;
  quiet: NodeJS.Timeout | undefined;
  over: boolean;
}

// TextDecoder drops a byte order mark, which JSON.parse would refuse.
function bodyOf(reception: Reception): string {
  return new TextDecoder().decode(Buffer.concat(reception.chunks));
}

function finish(reception: Reception): boolean {
  if (reception.over) return false;
  reception.over = true;
  clearTimeout(reception.deadline);
  clearTimeout(reception.quiet);
  return true;
}

function succeed(reception: Reception, body: string): void {
  if (finish(reception)) reception.resolve({ status: reception.status, headers: reception.headers, body });
}

function fail(reception: Reception, code: string, cause?: unknown): void {
  if (reception.over) return;
  const answered = reception.status > 0;
  const body = answered && code !== TOO_LARGE ? bodyOf(reception) : '';
  if (isWholeJson(body)) succeed(reception, body);
  else if (finish(reception)) {
    reception.reject(new WireError(code, reception.controller !== undefined, answered, cause));
  }
  reception.controller?.abort(new Error(code));
}

function settleIfWhole(reception: Reception): void {
  const body = bodyOf(reception);
  if (!isWholeJson(body)) return;
  succeed(reception, body);
  reception.controller?.abort(new Error('quiet'));
}

function handlerFor(reception: Reception): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller) {
      // Not begun after the deadline, and never a second time: undici may hand a request to a new connection.
      if (reception.over || reception.controller !== undefined) controller.abort(new Error(DEADLINE));
      else reception.controller = controller;
    },
    onResponseStart(_controller, status, headers) {
      if (status < 200) return;
      reception.status = status;
      reception.headers = joinHeaders(headers);
    },
    onResponseData(_controller, chunk) {
      if (reception.over) return;
      reception.sizeBytes += chunk.length;
      if (reception.sizeBytes > reception.request.maxBodyBytes) {
        fail(reception, TOO_LARGE);
        return;
      }
      reception.chunks.push(chunk);
      clearTimeout(reception.quiet);
      reception.quiet = setTimeout(() => settleIfWhole(reception), QUIET_MS);
    },
    onResponseEnd() {
      succeed(reception, bodyOf(reception));
    },
    onResponseError(_controller, error) {
      fail(reception, codeOf(error), error);
    },
  };
}

/**
 * Sends one request and reads its answer.
 *
 * @returns the final answer of the server, its body at most `maxBodyBytes` long.
 * @throws WireError, and nothing else.
 */
export function exchange(dispatcher: Dispatcher, request: WireRequest): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const reception: Reception = {
      request,
      resolve,
      reject,
      chunks: [],
      sizeBytes: 0,
      status: 0,
      headers: new Map(),
      controller: undefined,
      deadline: undefined,
      quiet: undefined,
      over: false,
    };
    reception.deadline = setTimeout(() => fail(reception, DEADLINE), request.remainingMs);
    const { origin, path, method, headers, remainingMs } = request;
    // The deadline is ours; undici's own only make sure that its socket does not outlive it for long.
    const timeouts = { headersTimeout: remainingMs, bodyTimeout: remainingMs };
    try {
      dispatcher.dispatch(
        { origin, path, method, headers, body: request.body ?? null, ...timeouts },
        handlerFor(reception),
      );
    } catch (error) {
      fail(reception, codeOf(error), error);
    }
  });
}
