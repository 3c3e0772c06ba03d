/**
 * Form bodies to parameters, exactly: every octet of a value arrives as it was encoded, or the form is refused.
 * Values that are not valid UTF-8 are refused too; Onetime Secret stores them and loses them when they are revealed.
 */

/** Parameters of a request, by the names that are read; whatever else it carried is there too, and ignored. */
export interface Params {
  secret?: unknown;
  passphrase?: unknown;
  ttl?: unknown;
  recipient?: unknown;
  length?: unknown;
  continue?: unknown;
  identifiers?: unknown;
  claim?: unknown;
  memo?: unknown;
  [name: string]: unknown;
}

/** Parameters have no prototype: a field called `constructor` is just a field. */
export function newParams(): Params {
  return Object.create(null) as Params;
}

/** @returns the text, a byte order mark included; undefined when the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Parses `application/x-www-form-urlencoded`. Of repeated names the last one wins; `a[b]=` makes an object, `a[]=`
 * a list.
 * @returns undefined when the form is malformed.
 */
export function parseForm(bytes: Uint8Array): Params | undefined {
  const text = decodeUtf8(bytes);
  if (text === undefined) return undefined;
  const params = newParams();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decodeComponent(equals < 0 ? pair : pair.slice(0, equals));
    const value = decodeComponent(equals < 0 ? '' : pair.slice(equals + 1));
    if (name === undefined || value === undefined) return undefined;
    assign(params, name, value);
  }
  return params;
}

function decodeComponent(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function assign(params: Params, name: string, value: string): void {
  const bracket = name.indexOf('[');
  if (bracket <= 0 || !/^(?:\[[^[\]]*\])+$/.test(name.slice(bracket))) {
    params[name] = value;
    return;
  }
  const path = [name.slice(0, bracket), ...name.slice(bracket + 1, -1).split('][')];
  let target = params;
  path.forEach((key, depth) => {
    const next = path[depth + 1];
    if (next === undefined) target[key] = value;
    else if (next === '') {
      const list: unknown = target[key];
      if (Array.isArray(list)) list.push(value);
      else target[key] = [value];
      target = newParams();
    } else {
      const inner: unknown = target[key];
      const nested = isParams(inner) ? inner : newParams();
      target[key] = nested;
      target = nested;
    }
  });
}

/** An object, and no list. */
export function isParams(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Parses the text fields of `multipart/form-data`; files are passed over.
 * @returns undefined when there is no boundary, no end, or a value is not UTF-8.
 * Source: RFC 7578, section 4; RFC 2046, section 5.1.
 */
export function parseMultipart(bytes: Uint8Array, contentType: string): Params | undefined {
  const boundary = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  if (boundary === null) return undefined;
  // Latin-1 keeps each octet as one character, so that values can be cut out of text.
  const body = `\r\n${Buffer.from(bytes).toString('latin1')}`;
  const parts = body.split(`\r\n--${boundary[1] ?? boundary[2]}`);
  if (parts.length < 2 || !parts.at(-1)?.startsWith('--')) return undefined;
  const params = newParams();
  for (const part of parts.slice(1, -1)) {
    const headEnd = part.indexOf('\r\n\r\n');
    const head = headEnd < 0 ? '' : part.slice(0, headEnd);
    const name = /;\s*name="([^"]*)"/i.exec(head)?.[1];
    if (name === undefined) return undefined;
    if (/;\s*filename/i.test(head)) continue;
    const value = decodeUtf8(Buffer.from(part.slice(headEnd + 4), 'latin1'));
    if (value === undefined) return undefined;
    assign(params, name, value);
  }
  return params;
}
