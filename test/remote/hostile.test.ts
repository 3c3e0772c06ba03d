/**
 * Servers that answer nonsense, too slowly, or without end: a coded error within the deadline.
 */

import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { closeAll, failureOf, openAt, RECEIPT_ID, rig, SECRET_ID, tracked } from '../support/remote-open.ts';
import { type Reply, serve } from '../support/remote-serve.ts';

afterEach(closeAll);

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';

const HOSTILE: { name: string; reply: Reply; says: RegExp }[] = [
  { name: 'a web page', reply: { body: '<!doctype html><title>x</title>' }, says: /a web page/ },
  {
    name: 'truncated JSON',
    reply: { raw: `${HEAD}content-length: 5\r\n\r\n{"a":`, end: true },
    says: /broken JSON/,
  },
  { name: 'an empty answer', reply: { raw: `${HEAD}content-length: 0\r\n\r\n` }, says: /an empty answer/ },
  { name: 'no content', reply: { raw: 'HTTP/1.1 204 No Content\r\n\r\n' }, says: /an empty answer/ },
  {
    name: 'plain text',
    reply: { body: 'hello', headers: { 'content-type': 'text/plain' } },
    says: /not JSON/,
  },
  { name: 'an empty object', reply: { json: {} }, says: /not understood/ },
  { name: 'a JSON number', reply: { json: 5 }, says: /not understood/ },
  {
    name: 'deep JSON',
    reply: { raw: `${HEAD}connection: close\r\n\r\n${'['.repeat(200_000)}`, end: true },
    says: /broken JSON/,
  },
  {
    name: 'deep JSON that is whole',
    reply: { body: '['.repeat(50_000) + ']'.repeat(50_000), headers: { 'content-type': 'application/json' } },
    says: /not understood/,
  },
  {
    name: 'huge headers',
    reply: { raw: `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`, end: true },
    says: /not usable HTTP/,
  },
  { name: 'no HTTP', reply: { raw: '220 mail.example ESMTP\r\n', end: true }, says: /not usable HTTP/ },
  {
    name: 'an upgrade',
    reply: { raw: 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n' },
    says: /./,
  },
];

describe.each(HOSTILE)('a server that answers $name', ({ reply, says }) => {
  it('is a coded error for every act, within the deadline', async () => {
    const of = await rig(
      () => reply,
      {},
      { api: 'v2', timeoutMs: 2000, credentials: { username: 'a@b', token: 't' } },
    );
    const acts = [
      () => of.remote.ping(),
      () => of.remote.status(SECRET_ID),
      () => of.remote.receipt(RECEIPT_ID),
      () => of.remote.recent(),
      () => of.remote.whoAmI(),
      () => of.remote.reveal(SECRET_ID),
      () => of.remote.burn(RECEIPT_ID),
      () => of.remote.conceal({ text: 'x', ttlSeconds: 60 }),
    ];
    for (const act of acts) {
      const error = await failureOf(act());
      expect(error.code).toBe('network');
      expect(error.message).toMatch(says);
    }
  });
});

describe('time and size', () => {
  it('ends at the deadline when the server trickles', async () => {
    const server = tracked(await serve(() => 'hang'));
    const remote = await openAt(server.url, { api: 'v3', timeoutMs: 400 });
    const trickle = tracked(await serve(() => ({ raw: `${HEAD}content-length: 1000\r\n\r\n{` })));
    const slow = await openAt(trickle.url, { api: 'v3', timeoutMs: 400 });
    for (const one of [remote, slow]) {
      const startedMs = performance.now();
      const error = await failureOf(one.ping());
      expect(error.message).toContain('did not answer within 0.4 s');
      expect(performance.now() - startedMs).toBeLessThan(1500);
    }
  });

  it('ends at the deadline when bytes keep coming', async () => {
    let timer: NodeJS.Timeout | undefined;
    const server = createRawServer((write) => {
      write(`${HEAD}content-length: 100000\r\n\r\n{`);
      timer = setInterval(() => write(' '), 20);
      return undefined;
    });
    const remote = await openAt(await server.url, { api: 'v3', timeoutMs: 300 });
    expect((await failureOf(remote.reveal(SECRET_ID))).ambiguous).toBe(true);
    clearInterval(timer);
  });

  it('gives up on an endless answer', async () => {
    const server = createRawServer((write) => {
      const chunk = 'x'.repeat(2 ** 20);
      write(`${HEAD}connection: close\r\n\r\n"`);
      const more = () => {
        while (write(chunk));
      };
      more();
      return more;
    });
    const remote = await openAt(await server.url, { api: 'v3', timeoutMs: 10_000 });
    expect((await failureOf(remote.ping())).message).toContain('larger than any');
  });

  it('takes a whole answer whose length was announced too long', async () => {
    const body = JSON.stringify({ record: { state: 'unknown' } });
    for (const end of [true, false]) {
      const of = await rig(() => ({ raw: `${HEAD}content-length: ${body.length + 40}\r\n\r\n${body}`, end }));
      expect((await of.remote.status(SECRET_ID)).state).toBe('gone');
    }
  });

  it('takes an answer of 20 MB', async () => {
    const text = 'A'.repeat(20_000_000);
    const of = await rig(() => ({ json: { record: { secret_value: text } } }), {}, { timeoutMs: 20_000 });
    expect((await of.remote.reveal(SECRET_ID)).text.length).toBe(text.length);
  });
});

/** A server below HTTP: writes to every connection after its first bytes; may give a function to write more. */
function createRawServer(answer: (write: (data: string) => boolean) => (() => void) | undefined): {
  url: Promise<string>;
} {
  const url = import('node:net').then(async ({ createServer: createNetServer }) => {
    const server = createNetServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        const more = answer((data) => !socket.destroyed && socket.write(data));
        if (more !== undefined) socket.on('drain', more);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    tracked({ close: () => new Promise<void>((resolve) => server.close(() => resolve())) });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  return { url };
}
