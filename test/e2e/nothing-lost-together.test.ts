/** Several programs at once, programs that were killed, servers that come back: the files are whole, nothing is lost. */
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { withCutter } from '../support/cutter.ts';
import { start } from '../support/faults.ts';
import { partsOf, person, withServer } from '../support/program.ts';
import { serveProcess } from '../support/serve.ts';

/** The lines of a journal, each of which must be whole. */
function journal(path: string): { receipt_id: string; state: string; secret_id?: string }[] {
  const text = readFileSync(path, 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test(
  'twenty shares at once: twenty receipts, every line whole, a cache that can be read',
  () =>
    withServer(async (server) => {
      const who = person(server.url);
      const numbers = Array.from({ length: 20 }, (_, number) => number);
      const links = await Promise.all(
        numbers.map((number) =>
          who.share(`secret ${number}`, ['--label', `${number} ${'x'.repeat(number * 50)}`]),
        ),
      );
      const lines = journal(join(who.state, 'receipts.jsonl'));
      expect(new Set(lines.map(({ secret_id }) => secret_id))).toEqual(
        new Set(links.map((link) => partsOf(link).id)),
      );
      expect(lines).toHaveLength(20);
      expect(JSON.parse(readFileSync(join(who.home, 'cache', 'ots', 'servers.json'), 'utf8'))).toHaveProperty(
        [server.url],
      );
    }),
  60_000,
);

test(
  'share, reveal, burn and receipts at once: every line whole, every state as it was',
  () =>
    withServer(async (server) => {
      const who = person(server.url);
      const toReveal = [await who.share('r0'), await who.share('r1'), await who.share('r2')];
      const toBurn = [await who.share('b0'), await who.share('b1'), await who.share('b2')];
      const runs = await Promise.all([
        ...toReveal.map((link) => who.ots(['reveal', link])),
        ...toBurn.map((link) => who.ots(['burn', link])),
        ...[0, 1, 2].map(() => who.ots(['share'], { stdin: 'new' })),
        ...[0, 1, 2].map(() => who.ots(['receipts', '--json'])),
      ]);
      expect(runs.map(({ code }) => code)).toEqual(runs.map(() => 0));
      const lines = journal(join(who.state, 'receipts.jsonl'));
      expect(lines).toHaveLength(6 + 3 + 6);
      const { rows } = await who.ots(['receipts', '--json']);
      const states = new Map(rows.map(({ secret_id, state }) => [secret_id as string, state as string]));
      for (const link of toReveal) expect(states.get(partsOf(link).id)).toBe('revealed');
      for (const link of toBurn) expect(states.get(partsOf(link).id)).toBe('burned');
      expect([...states.values()].filter((state) => state === 'new')).toHaveLength(3);
      expect(who.recovered()).toEqual([]);
    }),
  60_000,
);

test('the same link revealed twice at once from one machine: neither damages what the other keeps', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const link = await who.share('for one machine');
    const runs = await Promise.all(
      [1, 2, 3].map((number) => who.ots(['reveal', link, '-o', `out${number}`])),
    );
    const won = runs.flatMap(({ code }, index) => (code === 0 ? [index + 1] : []));
    expect(won.length).toBeGreaterThan(0);
    for (const number of won)
      expect(readFileSync(join(who.folder, `out${number}`), 'utf8')).toBe('for one machine');
    for (const { code } of runs) expect([0, 3]).toContain(code);
    expect(who.recovered()).toEqual([]);
  }));

test('what killed programs left behind blocks nobody, and goes after a day', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const folder = join(who.state, 'recovered');
    mkdirSync(folder, { recursive: true });
    const kept = '2026-01-01T00-00-00Z-aaaaaaaa-000000.ots';
    const left = ['2026-01-01T00-00-00Z-aaaaaaaa-000001.reserved', `${'0'.repeat(32)}.claim`];
    const fresh = '2026-01-01T00-00-00Z-aaaaaaaa-000002.reserved';
    for (const name of [kept, fresh, ...left]) writeFileSync(join(folder, name), '');
    for (const name of [kept, ...left]) utimesSync(join(folder, name), 1, 1);
    writeFileSync(join(who.state, '.receipts.jsonl.0123456789ab.part'), 'half');
    const link = await who.share('x');
    expect(await who.ots(['reveal', link])).toMatchObject({ code: 0, text: 'x' });
    expect((await who.ots(['receipts'])).stderr).toContain(kept);
    expect(who.recovered()).toEqual([kept, fresh].sort());
  }));

test('a claim that was half written is replaced', () =>
  withServer(async (server) =>
    withCutter(server.url, async (wire) => {
      const who = person(wire.url);
      const link = await who.share('x');
      wire.lose(9, 'hold');
      const killed = start(who, ['reveal', link]);
      await wire.lost();
      killed.kill('SIGKILL');
      await killed.ended();
      wire.lose(0, 'cut');
      const [name = ''] = who.recovered().filter((file) => file.endsWith('.claim'));
      const path = join(who.state, 'recovered', name);
      const whole = readFileSync(path, 'utf8');
      writeFileSync(path, whole.slice(0, 20));
      expect(await who.ots(['reveal', link])).toMatchObject({ code: 3 });
      writeFileSync(path, whole);
      expect(await who.ots(['reveal', link])).toMatchObject({ code: 0, text: 'x' });
    }),
  ));

test('the server killed while it answers: once it is back, the next reveal gets the secret', async () => {
  const folder = person();
  const store = ['--store', `sqlite:${join(folder.home, 'server.db')}`];
  const first = await serveProcess(store, folder.env);
  onTestFinished(() => first.kill());
  const { port } = new URL(first.url);
  await withCutter(first.url, async (wire) => {
    const who = person(wire.url);
    const link = await who.share('survives kill -9');
    wire.lose(9, 'hold');
    const reveal = start(who, ['reveal', link, '-o', 'out']);
    await wire.lost();
    await first.kill();
    const failed = await reveal.ended();
    expect(failed.code).toBe(6);
    expect(failed.stderr).toMatch(/nothing is lost yet.*run the same command again within 60 seconds/);
    const again = await serveProcess([...store, '--port', port], folder.env);
    onTestFinished(() => again.kill());
    wire.lose(0, 'cut');
    expect(await who.ots(['reveal', link])).toMatchObject({ code: 0, text: 'survives kill -9' });
    expect(who.recovered()).toEqual([]);
    expect((await who.ots(['reveal', link])).code).toBe(3);
  });
}, 60_000);

/** A server of the old kind, without claims, that answers a reveal like this. */
async function answering(
  raw: (socket: NodeJS.WritableStream, json: string) => void,
  json: string,
): Promise<string> {
  const server: Server = createServer((request, response) => {
    request.resume();
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json' });
      const nominal = { status: 'nominal', success: true, locale: 'en' };
      const record = { state: 'new', has_passphrase: false, secret_ttl: 60 };
      response.end(JSON.stringify(request.url === '/api/v2/status' ? nominal : { success: true, record }));
    } else if (response.socket) raw(response.socket, json);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
const WHOLE = JSON.stringify({ success: true, record: { secret_value: 'all of it', state: 'received' } });

for (const [kind, raw] of Object.entries({
  'a length that is too large, then the end': (socket, json) =>
    void (socket as NodeJS.WritableStream).end(`${HEAD}content-length: 9000\r\n\r\n${json}`),
  'chunks without the last one': (socket, json) =>
    void socket.end(`${HEAD}transfer-encoding: chunked\r\n\r\n${json.length.toString(16)}\r\n${json}\r\n`),
  'no length at all': (socket, json) => void socket.end(`${HEAD}connection: close\r\n\r\n${json}`),
} satisfies Record<string, (socket: NodeJS.WritableStream, json: string) => void>)) {
  test(`an answer with ${kind}: what arrived whole is delivered, half of it is an error`, async () => {
    const id = 'a7'.repeat(31);
    const url = await answering(raw, WHOLE);
    expect(await person().ots(['reveal', '--plain', `${url}/secret/${id}`])).toMatchObject({
      text: 'all of it',
    });
    const half = await answering(raw, WHOLE.slice(0, 45));
    const failed = await person().ots(['reveal', '--plain', `${half}/secret/${id}`, '-o', 'out']);
    expect(failed).toMatchObject({ code: 6, text: '' });
    expect(failed.stderr).toMatch(/may have been spent/);
  });
}
