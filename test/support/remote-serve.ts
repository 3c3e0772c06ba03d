/**
 * A server on a loopback port whose every answer a test decides: proper ones, broken ones, none. It keeps what it was
 * asked, so that a test can count.
 */

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export type Reply =
  | { status?: number; json: unknown; headers?: Record<string, string> }
  | { status?: number; body: string; headers?: Record<string, string> }
  /** Written to the socket as it stands; `end` closes it afterwards. */
  | { raw: string; end?: boolean }
  | 'hang'
  | 'close'
  | 'reset';

export interface Served {
  url: string;
  asked: Asked[];
  /** How often a method and path (identifiers as they are) was asked. */
  count(method: string, path: RegExp | string): number;
  close(): Promise<void>;
}

function give(reply: Reply, request: IncomingMessage, response: ServerResponse): void {
  if (reply === 'hang') return;
  if (reply === 'close') request.socket.destroy();
  else if (reply === 'reset') request.socket.resetAndDestroy();
  else if ('raw' in reply) {
    request.socket.write(reply.raw);
    if (reply.end === true) request.socket.end();
  } else if ('json' in reply) {
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
    response.end(JSON.stringify(reply.json));
  } else {
    response.writeHead(reply.status ?? 200, { 'content-type': 'text/html', ...reply.headers });
    response.end(reply.body);
  }
}

/** Serves until closed; `answer` may be changed by the test through its own closure. */
export async function serve(answer: (asked: Asked) => Reply | Promise<Reply>): Promise<Served> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const entry = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
    asked.push(entry);
    give(await answer(entry), request, response);
  });
  server.on('connection', (socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    count: (method, path) =>
      asked.filter(
        (one) =>
          one.method === method && (typeof path === 'string' ? one.path === path : path.test(one.path)),
      ).length,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
