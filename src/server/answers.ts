/** How every answer of the API leaves: as JSON, uncached, with headers that give a browser nothing to do with it. */

const BASE_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
} as const;

/** What an answer was made of. A property, since a WeakMap of so many short lives keeps the garbage collector busy. */
const PARTS = Symbol('parts');

interface Parts {
  headers: Record<string, string>;
  body: string;
}

/** JSON under the exact content type of a dialect. */
export function jsonAnswer(
  contentType: string,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): Response {
  const all = { ...BASE_HEADERS, 'content-type': contentType, ...headers };
  return lazyResponse(status, { headers: all, body: JSON.stringify(value) });
}

/** As much of a Response as is asked for: making a real one, with its stream, costs more than all of a reveal. */
function lazyResponse(status: number, parts: Parts): Response {
  let made: Response | undefined;
  const real = (): Response => {
    made ??= new Response(parts.body, { status, headers: parts.headers });
    return made;
  };
  const lazy = {
    status,
    [PARTS]: parts,
    get headers() {
      return real().headers;
    },
    get body() {
      return real().body;
    },
    text: () => real().text(),
    json: () => real().json() as Promise<unknown>,
    arrayBuffer: () => real().arrayBuffer(),
  };
  return lazy as unknown as Response;
}

/** What an answer was made of, so that a socket need not read it through a stream. */
export function plainParts(response: Response): Parts | undefined {
  return (response as { [PARTS]?: Parts })[PARTS];
}

/** A status and nothing else: no body, no content type. */
export function emptyAnswer(status: number): Response {
  return new Response(null, { status, headers: BASE_HEADERS });
}

export function htmlAnswer(status: number, html: string): Response {
  const all = { ...BASE_HEADERS, 'content-type': 'text/html; charset=utf-8', 'x-robots-tag': 'noindex' };
  return new Response(html, { status, headers: all });
}
