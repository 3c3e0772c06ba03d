/**
 * From Node's requests to the app and back, with nothing in between that this server does not use: no web streams, no
 * copies of headers. The app sees a request's method, URL and headers; its body is read from the socket by body.ts.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { emptyAnswer, plainParts } from './answers.ts';

/** What the app gets along with a request from a socket. */
export interface SocketEnv {
  incoming: IncomingMessage;
}

type Fetch = (request: Request, env: SocketEnv) => Response | Promise<Response>;

/** After a refusal, how long the rest of a body may take to arrive before the connection is cut. */
const LINGER_MS = 500;
const HOST_PATTERN = /^(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/** A listener for requests of `node:http`. */
export function nodeListener(fetch: Fetch): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  return (incoming, outgoing) => {
    answer(fetch, incoming, outgoing).catch(() => outgoing.destroy());
  };
}

async function answer(fetch: Fetch, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const request = requestOf(incoming);
  const response = request === undefined ? emptyAnswer(400) : await fetch(request, { incoming });
  const { headers, body } = plainParts(response) ?? {
    headers: Object.fromEntries(response.headers),
    body: Buffer.from(await response.arrayBuffer()),
  };
  const unread = !incoming.complete;
  if (unread) outgoing.once('finish', () => cutSoon(incoming));
  const length = Buffer.byteLength(body);
  // An answer to HEAD tells no length: it would have to be that of the body it leaves out.
  const lengthHeader = incoming.method === 'HEAD' ? {} : { 'content-length': length };
  atOnce(() => {
    outgoing.writeHead(response.status, {
      ...headers,
      ...lengthHeader,
      ...(unread && { connection: 'close' }),
    });
    outgoing.end(body);
  });
}

let ready: (() => void)[] = [];

/** Sends answers together that became ready in one turn of the event loop: a client that sleeps is woken once, not for each. */
function atOnce(send: () => void): void {
  if (ready.push(send) > 1) return;
  setImmediate(() => {
    const sends = ready;
    ready = [];
    for (const one of sends) one();
  });
}

/** A sender whose body is not wanted gets the answer; then the connection goes, however much it still has to send. */
function cutSoon(incoming: IncomingMessage): void {
  incoming.resume();
  const timer = setTimeout(() => incoming.socket.destroy(), LINGER_MS).unref();
  incoming.once('end', () => clearTimeout(timer));
}

/** As much of a Request as the app reads. @returns undefined when there is no telling what is asked for */
function requestOf(incoming: IncomingMessage): Request | undefined {
  const { headers, url = '/', method = 'GET' } = incoming;
  const host = headers.host ?? 'localhost';
  const path = url.startsWith('/') ? url : pathOf(url);
  if (path === undefined || !HOST_PATTERN.test(host)) return undefined;
  const get = (name: string): string | null => {
    const value = headers[name.toLowerCase()];
    return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value;
  };
  return { method, url: `http://${host}${path}`, headers: { get }, body: null } as unknown as Request;
}

/** Of the whole address that a proxy's client may send. Source: RFC 9112, section 3.2.2. */
function pathOf(url: string): string | undefined {
  if (!URL.canParse(url)) return url === '*' ? '/*' : undefined;
  const { pathname, search } = new URL(url);
  return pathname + search;
}
