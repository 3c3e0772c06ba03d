/**
 * One line for each request: when, what, how it went, how long it took. Of the path only words of this server's own are
 * written, everything else is `:id`: neither an identifier nor anything a caller made up gets into a log.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';

export const LOG_KINDS = ['json', 'text', 'none'] as const;
export type LogKind = (typeof LOG_KINDS)[number];

const WORDS = new Set(
  `api v1 v2 v3 status authcheck share create generate secret receipt private metadata recent burn conceal reveal
  acknowledge guest receipts version supported-locales healthz`.split(/\s+/),
);
const MOST_SEGMENTS = 8;
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** The path of a request with everything that is no word of the API replaced. */
export function routePattern(url: string): string {
  const path = url.split('?')[0] ?? '';
  const segments = path.split('/').slice(1, 1 + MOST_SEGMENTS);
  return `/${segments.map((one) => (one === '' || WORDS.has(one) ? one : ':id')).join('/')}`;
}

/** Writes a line when the answer to a request is out, or its connection gone. */
export function requestLogger(
  kind: Exclude<LogKind, 'none'>,
  parts: { write: (line: string) => void; now: () => number },
): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  return (incoming, outgoing) => {
    const startMs = parts.now();
    outgoing.once('close', () => {
      const entry = {
        time: new Date(parts.now()).toISOString(),
        method: METHODS.has(incoming.method ?? '') ? incoming.method : 'OTHER',
        route: routePattern(incoming.url ?? ''),
        // 0: the caller went away before there was an answer.
        status: outgoing.writableFinished ? outgoing.statusCode : 0,
        ms: Math.round(parts.now() - startMs),
        bytes: Number(outgoing.getHeader('content-length') ?? 0),
      };
      parts.write(kind === 'json' ? JSON.stringify(entry) : Object.values(entry).join(' '));
    });
  };
}

/** Writes what went wrong, as a line of the same kind. */
export function problemLogger(
  kind: Exclude<LogKind, 'none'>,
  parts: { write: (line: string) => void; now: () => number },
): (problem: string) => void {
  return (problem) => {
    const time = new Date(parts.now()).toISOString();
    parts.write(
      kind === 'json' ? JSON.stringify({ time, level: 'error', problem }) : `${time} error ${problem}`,
    );
  };
}
