/** Request bodies: read up to a limit, never beyond, and parsed to parameters, never guessed at when malformed. */

import { decodeUtf8, isParams, newParams, type Params, parseForm, parseMultipart } from './form.ts';

export type Body = { params: Params } | { refused: 'malformed' | 'too_large' };

const NOTHING = new Uint8Array(0);
/** How much is looked at when the content type does not tell. */
const SNIFFED_BYTES = 256;

/**
 * How long a body may be for a secret of `maxTextBytes`: an escape in JSON (`\u0000`) takes six times the place of the
 * byte it stands for, and the other fields need some too.
 */
export function maxBodyBytes(maxTextBytes: number): number {
  return 6 * maxTextBytes + 16_384;
}

/** Reads and parses a request's body. One that is too large is refused as soon as that is known. */
export async function readBody(request: Request, limitBytes: number): Promise<Body> {
  const bytes = await readBytes(request, limitBytes);
  if (typeof bytes === 'string') return { refused: bytes };
  const params = parse(bytes, request.headers.get('content-type') ?? '');
  return params === undefined ? { refused: 'malformed' } : { params };
}

async function readBytes(
  request: Request,
  limitBytes: number,
): Promise<Uint8Array | 'malformed' | 'too_large'> {
  if (Number(request.headers.get('content-length') ?? 0) > limitBytes) return 'too_large';
  try {
    if (request.body === null) return NOTHING;
    // The announced length is not trusted: what arrives is counted.
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of request.body) {
      length += chunk.byteLength;
      if (length > limitBytes) return 'too_large';
      chunks.push(chunk);
    }
    return chunks.length === 1 ? (chunks[0] ?? NOTHING) : Buffer.concat(chunks, length);
  } catch {
    // The sender went away in the middle.
    return 'malformed';
  }
}

function parse(bytes: Uint8Array, contentType: string): Params | undefined {
  if (bytes.length === 0) return newParams();
  // A comma-joined double content type counts by its first member that can be parsed.
  for (const type of contentType.toLowerCase().split(',')) {
    const mediaType = type.split(';')[0]?.trim() ?? '';
    if (mediaType === 'application/x-www-form-urlencoded') return parseForm(bytes);
    if (mediaType === 'multipart/form-data') return parseMultipart(bytes, contentType);
    if (mediaType === 'application/json' || mediaType.endsWith('+json')) return parseJson(bytes);
  }
  const start = Buffer.from(bytes.subarray(0, SNIFFED_BYTES)).toString('latin1');
  if (/^\s*[{[]/.test(start)) return parseJson(bytes);
  if (/^[\w.[\]-]+=/.test(start)) return parseForm(bytes);
  return newParams();
}

function parseJson(bytes: Uint8Array): Params | undefined {
  const text = decodeUtf8(bytes);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isParams(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A parameter as text. A whole number stands for its digits, as Onetime Secret takes it; anything else that is no text
 * has no exact spelling and is refused, and so is text with half a surrogate pair, which UTF-8 cannot hold.
 * @returns `''` when absent; undefined when refused.
 */
export function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  if (typeof value !== 'string' || /\p{Cs}/u.test(value)) return undefined;
  return value;
}
