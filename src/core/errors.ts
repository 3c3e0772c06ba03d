/**
 * The one error class of the program, and the closed set of codes a script can rely on.
 *
 * Thrown in every room, turned into words and an exit code in main only. An error never carries a full link, a key,
 * a passphrase or a token: `message`, `hint` and `detail` are shown to people and written to logs.
 */

/** Every `error.code` the program can print, with the exit code it leads to. Source: docs/AUTOMATION.md, exit codes. */
export const EXIT_CODES = {
  internal: 1,
  usage: 2,
  not_found: 3,
  wrong_passphrase: 4,
  unauthorized: 5,
  network: 6,
  rate_limited: 7,
  refused: 8,
  damaged: 9,
  undelivered: 9,
  partial: 10,
  interrupted: 130,
} as const;

export type ErrorCode = keyof typeof EXIT_CODES;

export interface ErrorDetails {
  /** What to do next, in one line. */
  hint?: string | undefined;
  /** Seconds to wait, as the server said; only with `rate_limited`. */
  retryAfterSeconds?: number | undefined;
  /** The consuming request may have taken effect, or the answer fits two causes: nobody knows without asking again. */
  ambiguous?: boolean | undefined;
  /** The underlying error, for OTS_DEBUG; its text is never shown otherwise. */
  cause?: unknown;
}

/** A failure with a code. `message` says what happened and where, without a full stop at its end. */
export class OtsError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly ambiguous: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'OtsError';
    this.code = code;
    this.hint = details.hint;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.ambiguous = details.ambiguous ?? false;
  }
}

/** Whether a caught value is an {@link OtsError}, optionally of one code. */
export function isOtsError(value: unknown, code?: ErrorCode): value is OtsError {
  return value instanceof OtsError && (code === undefined || value.code === code);
}
