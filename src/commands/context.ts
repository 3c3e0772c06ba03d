/** What a command gets from outside: streams, environment, clock. The composition root makes it, tests make their own. */
import type { Streams } from '../io/streams.ts';
import type { Paths } from '../local/paths.ts';

export interface Context {
  io: Streams;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  paths: Paths;
  version: string;
  /** The command that runs this program again; none where it cannot be. */
  self?: readonly string[];
  /** What was built beside the program, by its path there; undefined when it is not there. */
  assets: (path: string) => Uint8Array | undefined;
  /** Milliseconds since 1970. */
  now: () => number;
  /** The proxy for a server, by the environment. */
  proxyFor: (baseUrl: string) => string | undefined;
  /** Keeps signals from ending the program while a secret is under way; the third one does, or the `impatient`th. */
  holdSignals: (onFirst: () => void, impatient?: number) => SignalHold;
  /** Resolves when the program is asked to stop (SIGTERM, SIGINT). */
  untilStopped: () => Promise<void>;
}

export interface SignalHold {
  /** The first signal that arrived, if any. */
  readonly received: string | undefined;
  /**
   * Does work that need not be finished: after a signal it is not begun, a later one ends the wait unannounced.
   *
   * @throws OtsError `interrupted`; what the work throws
   */
  orInterrupted<T>(work: () => Promise<T>): Promise<T>;
  /** What is still to be done when impatience ends the program at once: quick, and without waiting. */
  beforeForcedExit(act: () => void): void;
  release(): void;
}

/** Flags that every command takes. */
export interface GlobalOptions {
  profile?: string;
  server?: string;
  region?: string;
  api?: string;
  timeout?: string;
  maxSize?: string;
  caFile?: string;
  allowHttp?: boolean;
  json?: boolean;
  quiet?: boolean;
  /** False with --no-input. */
  input?: boolean;
  color?: string;
}
