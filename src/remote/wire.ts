/**
 * What every dialect works with: calls to one server, and its refusals as errors. Made once in open.ts.
 */

import type { OtsError } from '../core/errors.ts';
import type { Answer, Call } from './call.ts';
import type { Credentials, Dialect, ServerFacts } from './types.ts';

export interface Wire {
  readonly dialect: Dialect;
  /** Base URL without trailing slash. */
  readonly baseUrl: string;
  /** Scheme, host and port, for messages. */
  readonly origin: string;
  readonly facts: ServerFacts | undefined;
  readonly credentials: Credentials | undefined;
  readonly maxTextBytes: number;
  /** The server cuts longer texts without a word (versions to 0.23): characters; undefined where it does not. */
  readonly maxTextCharacters: number | undefined;
  send(call: Call): Promise<Answer>;
  /** The error that an answer stands for. Forgets the remembered facts when the route does not exist. */
  failure(answer: Answer): OtsError;
  close(): Promise<void>;
}
