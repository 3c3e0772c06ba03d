/** Request bodies: read up to a limit, never beyond, and parsed to parameters, never guessed at when malformed. */

import type { IncomingMessage } from 'node:http';
import type { Context } from 'hono';
import { decodeUtf8, isParams, newParams, type Params, parseForm, parseMultipart } from './form.ts';
import type { SocketEnv } from './node.ts';
import { Unavailable } from './unavailable.ts';

export type Body = { params: Params } | { refused: 'malformed' | 'too_large' };

const NOTHING = new Uint8Array(0);
/** How much is looked at when the content type does not tell. */
const SNIFFED_BYTES = 256;

/** What unfinished bodies may take together, however many senders there are. */
const MAX_HELD_BYTES = 2 ** 28;
const RETRY_SECONDS = 2;
/** Bytes of unfinished bodies in this process. */
let held = 0;

/**
 * How long a body may be for a secret of `maxTextBytes`: an escape in JSON (`\u0000`) takes six times the place of the
 * byte it stands for, and the other fields need some too.
 */
export function maxBodyBytes(maxTextBytes: number): number {
  return 6 * maxTextBytes + 16_384;
}

/**
 * Reads and parses a request's body. One that is too large is refused as soon as that is known.
 * @throws Unavailable when the bodies of all requests under way are more than this process should hold
 */
export async function readBody(c: Context, limitBytes: number): Promise<Body> {
  if (Number(c.req.header('content-length') ?? 0) > limitBytes) return { refused: 'too_large' };
  const incoming = (c.env as Partial<SocketEnv> | undefined)?.incoming;
  const bytes =
    incoming === undefined
      ? await readBytes(c.req.raw.body ?? [], limitBytes)
      : await readIncoming(incoming, limitBytes);
  if (typeof bytes === 'string') return { refused: bytes };
  const params = parse(bytes, c.req.header('content-type') ?? '');
  return params === undefined ? { refused: 'malformed' } : { params };
}

async function readBytes(
  stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limitBytes: number,
): Promise<Uint8Array | 'malformed' | 'too_large'> {
  // The announced length is not trusted: what arrives is counted.
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      length += chunk.byteLength;
      held += chunk.byteLength;
      if (length > limitBytes) return 'too_large';
      if (held > MAX_HELD_BYTES) throw new Unavailable('busy', RETRY_SECONDS);
      chunks.push(chunk);
    }
    return chunks.length === 1 ? (chunks[0] ?? NOTHING) : Buffer.concat(chunks, length);
  } catch (error) {
    if (error instanceof Unavailable) throw error;
    // The sender went away in the middle.
    return 'malformed';
  } finally {
    held -= length;
  }
}

/** The same from a socket, by events: an iterator over a stream costs several times as much. */
function readIncoming(
  incoming: IncomingMessage,
  limitBytes: number,
): Promise<Uint8Array | 'malformed' | 'too_large'> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    let done = false;
    const end = (settle: () => void): void => {
      if (done) return;
      done = true;
      held -= length;
      incoming.off('data', add);
      settle();
    };
    const add = (chunk: Uint8Array): void => {
      length += chunk.byteLength;
      held += chunk.byteLength;
      chunks.push(chunk);
      if (length > limitBytes) end(() => resolve('too_large'));
      else if (held > MAX_HELD_BYTES) end(() => reject(new Unavailable('busy', RETRY_SECONDS)));
    };
    incoming.on('data', add);
    incoming.once('end', () =>
      end(() => resolve(chunks.length === 1 ? (chunks[0] ?? NOTHING) : Buffer.concat(chunks, length))),
    );
    // The sender went away in the middle.
    incoming.once('error', () => end(() => resolve('malformed')));
    incoming.once('close', () => end(() => resolve('malformed')));
  });
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
