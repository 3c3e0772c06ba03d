/** The server's API, version 3, as the pages use it: every request is sent once, and says nothing of the page's URL. */

const TIMEOUT_MS = 30_000;

export type Fields = Record<string, unknown>;

export interface Answer {
  status: number;
  /** The body when it is a JSON object, else empty. */
  json: Fields;
  /** The body as it came: after a reveal it may be the only copy of a secret. */
  text: string;
  headers: Headers;
}

/**
 * Sends a request.
 *
 * @param body makes it a POST
 * @returns undefined when no whole answer came: nobody knows then whether the request had its effect
 */
export async function ask(url: string, body?: object): Promise<Answer | undefined> {
  try {
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    return { status: response.status, json: parsed(text), text, headers: response.headers };
  } catch {
    return undefined;
  }
}

function parsed(text: string): Fields {
  try {
    return section(JSON.parse(text));
  } catch {
    return {};
  }
}

/** A member that should be an object; empty when it is none. */
export function section(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** The address that the server's paths follow: what precedes `tail` in the page's own. */
export function baseUrl(tail: RegExp): string {
  return location.origin + location.pathname.replace(tail, '').replace(/\/+$/, '');
}

/** What to say about an answer that fits nothing. */
export function unexpected(answer: Answer | undefined): string {
  return answer === undefined
    ? 'no answer came from the server'
    : `the server answered something unexpected (HTTP ${answer.status})`;
}

/** How long a lock lasts, in words. */
export function lockWords({ json, headers }: Answer): string {
  const seconds = Number(json['retry_after'] ?? headers.get('retry-after'));
  return seconds > 0 ? `try again in ${timeWords(seconds)}` : 'try again later';
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;
/** How far words may be from the truth, as a part of it. */
const TOLERANCE = 0.05;

/** Seconds in words, in the largest unit that comes close: `7 days`, `28 hours`. */
export function timeWords(seconds: number): string {
  for (const [name, size] of UNITS) {
    const count = Math.round(seconds / size);
    if (count > 0 && Math.abs(count * size - seconds) <= TOLERANCE * seconds) return plural(count, name);
  }
  return plural(Math.max(0, Math.round(seconds)), 'second');
}

function plural(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
