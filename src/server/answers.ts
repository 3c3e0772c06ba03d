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

/** JSON under the exact content type of a dialect. */
export function jsonAnswer(
  contentType: string,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): Response {
  const all = { ...BASE_HEADERS, 'content-type': contentType, ...headers };
  return new Response(JSON.stringify(value), { status, headers: all });
}

/** A status and nothing else: no body, no content type. */
export function emptyAnswer(status: number): Response {
  return new Response(null, { status, headers: BASE_HEADERS });
}

export function htmlAnswer(status: number, html: string): Response {
  const all = { ...BASE_HEADERS, 'content-type': 'text/html; charset=utf-8', 'x-robots-tag': 'noindex' };
  return new Response(html, { status, headers: all });
}
