/** Senders that take their time, over real sockets: cut off with 408, and together never more than the server can hold. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type RunningServer, type ServerOptions, startServer } from '../../src/server/listen.ts';
import { CHEAP } from './harness.ts';

const PATIENT = { timeout: 50_000, interval: 100 };
const IMPATIENT = { headersMs: 150, requestMs: 300, checkMs: 20 };

let server: RunningServer | undefined;
let sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  await server?.close();
});

async function start(more: Partial<ServerOptions> = {}): Promise<RunningServer> {
  server = await startServer({ port: 0, now: Date.now, passphraseCost: CHEAP, ...more });
  return server;
}

/** Opens a connection. @returns it, and what came back once it was closed */
async function open(port: number): Promise<{ socket: Socket; answer: Promise<string> }> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  // Written to when the server is gone.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return { socket, answer: new Promise((resolve) => socket.once('close', () => resolve(text))) };
}

function head(lengthBytes: number): string {
  return `POST /api/v3/guest/secret/conceal HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${lengthBytes}\r\n\r\n`;
}

/** Sends one byte after the other until the connection is gone. */
function drip(socket: Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => socket.write(text.charAt(at++ % text.length)), 10);
  socket.once('close', () => clearInterval(timer));
}

/** @param padding spaces in front of the JSON, which mean nothing */
function share(url: string, padding = 0): Promise<Response> {
  return fetch(`${url}/api/v3/guest/secret/conceal`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `${' '.repeat(padding)}{"secret":{"secret":"quick"}}`,
  });
}

test.each<[string, (socket: Socket) => void]>([
  ['a body that stops', (socket) => socket.write(`${head(5000)}{"secret":`)],
  [
    'a body byte by byte',
    (socket) => {
      socket.write(head(50_000));
      drip(socket, ' ');
    },
  ],
  [
    'a body in endless small chunks',
    (socket) => {
      socket.write(head(0).replace('Content-Length: 0', 'Transfer-Encoding: chunked'));
      drip(socket, '1\r\n \r\n');
    },
  ],
  [
    'headers that stop',
    (socket) => socket.write('POST /api/v3/guest/secret/conceal HTTP/1.1\r\nHost: x\r\n'),
  ],
  [
    'headers byte by byte',
    (socket) => {
      socket.write('GET / HTTP/1.1\r\n');
      drip(socket, 'X-More: and more\r\n');
    },
  ],
])('%s: 408 and the end of the connection, while others are served', async (_, send) => {
  const { port, url } = await start({ patience: IMPATIENT });
  const { socket, answer } = await open(port);
  send(socket);
  expect((await share(url)).status).toBe(200);
  expect(await answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  expect((await share(url)).status).toBe(200);
});

test('hundreds of unfinished requests: each is cut off, and whoever asks in between is served', async () => {
  const { port, url } = await start({ patience: IMPATIENT });
  const slow = await Promise.all(Array.from({ length: 300 }, () => open(port)));
  for (const { socket } of slow) socket.write(`${head(60_000)}${' '.repeat(50_000)}`);
  expect((await share(url)).status).toBe(200);
  const answers = await Promise.all(slow.map(({ answer }) => answer));
  expect(new Set(answers.map((answer) => answer.slice(0, 12)))).toEqual(new Set(['HTTP/1.1 408']));
});

test('unfinished bodies together have a bound: beyond it 503, and room again when they are gone', async () => {
  const { port, url } = await start({ maxTextBytes: 16 * 2 ** 20 });
  const statusOf = async () => (await share(url, 200_000)).status;
  expect(await statusOf()).toBe(200);
  // Four times 64 MiB, but for 100 kB, is what may be held: the next body is one too many.
  const held = new Set<Socket>();
  const fill = async (): Promise<void> => {
    while (held.size < 4) {
      const { socket } = await open(port);
      held.add(socket);
      // It was itself the one too many, while a body of the next lines was on its way.
      socket.once('close', () => held.delete(socket));
      socket.write(head(90 * 2 ** 20) + ' '.repeat(2 ** 26 - 25_000));
    }
  };
  const filled = () => fill().then(statusOf);
  await expect.poll(filled, PATIENT).toBe(503);
  const refused = await share(url, 200_000);
  expect(refused.headers.get('retry-after')).toBe('2');
  expect(await refused.json()).toMatchObject({ code: 'busy' });
  for (const socket of held) socket.destroy();
  await expect.poll(statusOf, PATIENT).toBe(200);
  // A quarter of a gigabyte goes through this process twice, or more often.
}, 120_000);
