/** The server is there, but cannot do this now: no room, too much at once, or its store is away. Answered with 503. */

export type UnavailableReason = 'store_full' | 'busy' | 'store_unreachable';

export class Unavailable extends Error {
  readonly reason: UnavailableReason;
  readonly retryAfterSeconds: number;

  constructor(reason: UnavailableReason, retryAfterSeconds: number, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
    this.name = 'Unavailable';
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
