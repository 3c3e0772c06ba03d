import { Agent, get, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { isOtsError } from '../../src/core/errors.ts';
import { createApp } from '../../src/server/app.ts';
import { generateValue } from '../../src/server/generate.ts';
import { newIdentifier } from '../../src/server/identifiers.ts';
import { startServer } from '../../src/server/listen.ts';
import { createPassphraseHasher } from '../../src/server/passphrase.ts';
import { MemoryStore } from '../../src/server/stores/memory.ts';
import { createTurns } from '../../src/server/turns.ts';
import { CHEAP } from './harness.ts';

const quick = { port: 0, now: Date.now, passphraseCost: CHEAP };

function ended(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('end', () => resolve(text));
    response.on('error', reject);
  });
}

describe('the server on a socket', () => {
  test('binds to loopback and says where', async () => {
    const server = await startServer(quick);
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect((await fetch(`${server.url}/api/v2/status`)).status).toBe(200);
    await server.close();
    await server.close();
    await expect(fetch(`${server.url}/api/v2/status`)).rejects.toThrow();
  });

  test('a used port is a usage error that says so', async () => {
    const server = await startServer(quick);
    const error: unknown = await startServer({ ...quick, port: server.port }).catch((e: unknown) => e);
    expect(isOtsError(error, 'usage')).toBe(true);
    expect((error as Error).message).toBe(`port ${server.port} on 127.0.0.1 is already in use`);
    expect((error as { hint?: string }).hint).toContain('--port');
    await server.close();
  });

  test('so is an address that is not this machine', async () => {
    const error: unknown = await startServer({ ...quick, host: '192.0.2.1' }).catch((e: unknown) => e);
    expect(isOtsError(error, 'usage')).toBe(true);
  });

  test('a public URL goes into answers', async () => {
    const server = await startServer({ ...quick, publicUrl: 'https://ots.example/base' });
    const body = new URLSearchParams({ secret: 'a' });
    const made = await fetch(`${server.url}/api/v1/share`, { method: 'POST', body });
    const { metadata_url, metadata_key } = (await made.json()) as Record<string, string>;
    expect(metadata_url).toBe(`https://ots.example/base/receipt/${metadata_key}`);
    await server.close();
  });

  test('close does not wait for idle connections', async () => {
    const server = await startServer(quick);
    const agent = new Agent({ keepAlive: true });
    const response = await new Promise<IncomingMessage>((resolve) => {
      get(`${server.url}/api/v1/status`, { agent }, resolve);
    });
    await ended(response);
    const silent = connect(server.port, '127.0.0.1');
    await new Promise((resolve) => silent.once('connect', resolve));
    silent.on('error', () => {});
    const from = performance.now();
    await server.close();
    expect(performance.now() - from).toBeLessThan(2000);
    agent.destroy();
    silent.destroy();
  });

  test('close lets a request under way finish, then closes its connection', async () => {
    const server = await startServer({ ...quick, passphraseCost: 2 ** 14 });
    const agent = new Agent({ keepAlive: true });
    const body = JSON.stringify({ secret: { secret: 'a', passphrase: 'long enough' } });
    const options = { agent, method: 'POST', headers: { 'content-type': 'application/json' } };
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request(`${server.url}/api/v3/guest/secret/conceal`, options, resolve);
      outgoing.on('error', reject);
      outgoing.flushHeaders();
      outgoing.once('socket', (socket) => {
        socket.once('connect', () => setImmediate(() => outgoing.end(body)));
      });
    });
    // A second connection that was answered: so the first has been accepted by now.
    await fetch(`${server.url}/api/v1/status`);
    const from = performance.now();
    const closing = server.close();
    const response = await answered;
    expect(response.statusCode).toBe(200);
    expect(await ended(response)).toContain('"success":true');
    await closing;
    expect(performance.now() - from).toBeLessThan(3000);
    agent.destroy();
  });

  test('the program around it keeps its own Request and Response', async () => {
    const before = [globalThis.Request, globalThis.Response];
    const server = await startServer(quick);
    expect([globalThis.Request, globalThis.Response]).toEqual(before);
    await server.close();
  });
});

test('a failing store is answered and logged without anything of the request', async () => {
  const store = new MemoryStore(Date.now);
  store.secret = () => Promise.reject(new Error('cannot read sEcReT'));
  const lines: string[] = [];
  const app = createApp({ store, now: Date.now, log: (line) => lines.push(line) });
  const response = await app.request(`/api/v2/secret/${newIdentifier()}`);
  expect(response.status).toBe(500);
  expect(await response.json()).toMatchObject({ error: 'Internal Server Error' });
  expect(lines).toEqual(['internal error: Error, GET']);
});

describe('parts', () => {
  test('identifiers use every character alike', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 2000; i += 1) {
      for (const character of newIdentifier()) counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    expect(counts.size).toBe(36);
    // 124,000 draws over 36: 3444 each, give or take 58; seven deviations is beyond chance.
    for (const count of counts.values()) expect(Math.abs(count - 3444)).toBeLessThan(410);
  });

  test('generated values hold each kind, anywhere', () => {
    const firsts = new Set<string>();
    for (let i = 0; i < 300; i += 1) {
      const value = generateValue(8);
      expect(value).toMatch(/^(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9])(?=.*[*$!?()@#%^]).{8}$/);
      firsts.add(value.charAt(0));
    }
    expect(firsts.size).toBeGreaterThan(30);
  });

  test('a passphrase hash is salted, holds its cost, and fits its passphrase only', async () => {
    const cheap = createPassphraseHasher(CHEAP);
    const stored = await cheap.hash('Ots1-correct');
    expect(stored).toMatch(/^scrypt:2:8:1:[\w-]{22}:[\w-]{43}$/);
    expect(await cheap.hash('Ots1-correct')).not.toBe(stored);
    const other = createPassphraseHasher();
    expect(await other.verify('Ots1-correct', stored)).toBe(true);
    for (const wrong of ['Ots1-correct ', 'ots1-correct', '', 'Ots1-correc']) {
      expect(await other.verify(wrong, stored)).toBe(false);
    }
    expect(await other.hash('x')).toMatch(/^scrypt:16384:8:1:/);
    for (const broken of ['', 'scrypt', 'scrypt:2:8:1::', `bcrypt${stored}`]) {
      expect(await cheap.verify('Ots1-correct', broken)).toBe(false);
    }
  });

  test('turns: one after the other under one name, also after a failure', async () => {
    const turns = createTurns();
    const order: string[] = [];
    const work =
      (name: string, fails = false) =>
      async () => {
        order.push(`${name} in`);
        await Promise.resolve();
        order.push(`${name} out`);
        if (fails) throw new Error(name);
      };
    const first = turns.take('x', work('a', true));
    const rest = [turns.take('x', work('b')), turns.take('y', work('c'))];
    await expect(first).rejects.toThrow('a');
    await Promise.all(rest);
    expect(order.filter((line) => !line.startsWith('c'))).toEqual(['a in', 'a out', 'b in', 'b out']);
    expect(order.indexOf('c in')).toBeLessThan(order.indexOf('b in'));
  });
});
