/** Servers that fail as real ones do: a web page where JSON belongs, half an answer, none at all. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatLink, sealSecret } from '../../src/core/index.ts';

type Behaviour = (response: ServerResponse, url: string) => void;

function answer(status: number, type: string, body: string, more: Record<string, string> = {}): Behaviour {
  return (response) => {
    response.writeHead(status, { 'content-type': type, ...more });
    response.end(body);
  };
}

const PAGE = '<!doctype html><html><head><title>Sign in</title></head><body><h1>Welcome</h1></body></html>';

/** Each answers every request in its own way. */
export const MISBEHAVIOURS = {
  'a web page': answer(200, 'text/html; charset=utf-8', PAGE),
  'a web page with 404': answer(404, 'text/html', PAGE),
  'truncated JSON': answer(200, 'application/json', '{"success":true,"record":{"secret":{"identi'),
  'JSON of something else': answer(200, 'application/json', '{"hello":["world"]}'),
  '500 with JSON': answer(500, 'application/json', '{"error":"Internal Server Error","message":"oops"}'),
  '502 with a page': answer(
    502,
    'text/html',
    '<html><body><center><h1>502 Bad Gateway</h1></center></body></html>',
  ),
  'an empty answer': answer(200, 'application/json', ''),
  'a redirect': (response, url) =>
    answer(302, 'text/html', 'moved', { location: `${url}/elsewhere` })(response, url),
  'a connection closed without a word': (response) => response.socket?.destroy(),
  'half an answer, then the connection closed': (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' });
    response.write('{"success":', () => response.socket?.destroy());
  },
} satisfies Record<string, Behaviour>;

/** These outlast any patience; run with --timeout. */
export const DELAYS = {
  'no answer at all': () => undefined,
  'an answer that trickles': (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{');
    const drip = setInterval(() => response.write(' '), 50);
    response.once('close', () => clearInterval(drip));
  },
} satisfies Record<string, Behaviour>;

export interface Hostile {
  url: string;
  /** Every request, as `POST /api/…`. */
  asked: string[];
  /** Requests that create, spend or burn. */
  writes(): string[];
}

/**
 * Runs `act` against a server that misbehaves.
 *
 * @param honestUntil `write`: looks like a proper server until something is created, spent or burned
 */
export async function withHostile<T>(
  behaviour: Behaviour,
  honestUntil: 'never' | 'write',
  act: (hostile: Hostile) => Promise<T>,
): Promise<T> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    request.resume();
    request.once('end', () => {
      const looksHonest = honestUntil === 'write' && request.method === 'GET';
      if (looksHonest && request.url?.endsWith('/status')) {
        const nominal = '{"status":"nominal","success":true,"locale":"en"}';
        answer(200, 'application/json', nominal)(response, url);
      } else behaviour(response, url);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    return await act({ url, asked, writes: () => asked.filter((line) => line.startsWith('POST ')) });
  } finally {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
}

/** Puts a text on a server, as another client would. @returns the ordinary link to it */
export async function plantText(url: string, text: string): Promise<{ link: string; id: string }> {
  const answer = await fetch(`${url}/api/v3/guest/secret/conceal`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ secret: { secret: text, ttl: 3600 } }),
  });
  const { record } = (await answer.json()) as { record: { secret: { identifier: string } } };
  const id = record.secret.identifier;
  return { link: `${url}/secret/${id}`, id };
}

/** An encrypted secret whose sender observes no rule about names. @returns its link */
export async function plantSealed(
  url: string,
  body: string | Uint8Array,
  filename?: string,
): Promise<string> {
  const { text, suite, linkKey } = await sealSecret({ body: Buffer.from(body), filename });
  const { id } = await plantText(url, text);
  return formatLink(url, id, suite, linkKey);
}
