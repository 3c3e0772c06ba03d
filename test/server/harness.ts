/** One set of requests for two ways in: the app as a function, and the app behind a socket. */

import { settleToken } from '../../src/server/accounts.ts';
import { type AppOptions, createApp } from '../../src/server/app.ts';
import { startServer } from '../../src/server/listen.ts';
import { createPassphraseHasher } from '../../src/server/passphrase.ts';
import { MemoryStore } from '../../src/server/stores/memory.ts';

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  /** Parsed body; undefined when it is no JSON. Tests reach into it freely. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what is under test
  json: any;
}

export interface Sent {
  form?: Record<string, string>;
  json?: unknown;
  raw?: string | Uint8Array;
  headers?: Record<string, string>;
}

export interface Harness {
  send(method: string, path: string, sent?: Sent): Promise<Reply>;
  clock: { nowMs: number };
  store: MemoryStore;
  close(): Promise<void>;
}

export interface HarnessOptions extends Omit<Partial<AppOptions>, 'store' | 'now' | 'log'> {
  startMs?: number;
}

export const ACCOUNT = { user: 'tester@example.com', token: 'the-token-of-tester' };

export function basic(user: string, token: string): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}` };
}

export const WAYS_IN = ['in memory', 'over a socket'] as const;
export type WayIn = (typeof WAYS_IN)[number];

/** scrypt's cost in tests. */
export const CHEAP = 2;

export async function start(way: WayIn, options: HarnessOptions = {}): Promise<Harness> {
  const clock = { nowMs: options.startMs ?? 1_800_000_000_123 };
  const now = () => clock.nowMs;
  const store = new MemoryStore(now);
  const { startMs: _, ...more } = options;
  const common = { now, passphraseCost: CHEAP, ...more, store };
  if (options.account !== undefined) {
    await settleToken({ store, hasher: createPassphraseHasher(CHEAP) }, options.account, ACCOUNT.token);
  }
  if (way === 'in memory') {
    const app = createApp(common);
    const send: Harness['send'] = async (method, path, sent) =>
      reply(await app.request(path, { method, ...init(sent) }));
    return { send, clock, store, close: () => store.close() };
  }
  const server = await startServer({ ...common, port: 0 });
  const send: Harness['send'] = async (method, path, sent) =>
    reply(await fetch(server.url + path, { method, ...init(sent) }));
  return { send, clock, store, close: () => server.close().then(() => store.close()) };
}

function init(sent: Sent = {}): RequestInit {
  const { form, json, raw, headers = {} } = sent;
  if (form !== undefined) {
    const body = new URLSearchParams(form).toString();
    return { body, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } };
  }
  if (json !== undefined) {
    return { body: JSON.stringify(json), headers: { 'content-type': 'application/json', ...headers } };
  }
  return raw === undefined ? { headers } : { body: raw, headers };
}

async function reply(response: Response): Promise<Reply> {
  const text = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, text, json };
}

/** One dialect's way to share and to reveal. */
export interface TestDialect {
  name: string;
  share(h: Harness, text: string, more?: { ttl?: number; passphrase?: string }): Promise<SharedIds>;
  shareRaw(h: Harness, payload: Record<string, unknown>): Promise<Reply>;
  reveal(h: Harness, secretId: string, passphrase?: string): Promise<Reply>;
  /** The text, when a reply gave one. */
  textOf(reply: Reply): string | undefined;
  burn(h: Harness, receiptId: string, passphrase?: string): Promise<Reply>;
  burned(reply: Reply): boolean;
  receipt(h: Harness, receiptId: string): Promise<Reply>;
}

export interface SharedIds {
  secretId: string;
  receiptId: string;
}

function v1(name: string, kind: 'form' | 'json'): TestDialect {
  const fields = (passphrase?: string) => (passphrase === undefined ? {} : { passphrase });
  const shareRaw = (h: Harness, payload: Record<string, unknown>) =>
    kind === 'json'
      ? h.send('POST', '/api/v1/share', { json: payload })
      : h.send('POST', '/api/v1/share', {
          form: Object.fromEntries(Object.entries(payload).map(([key, value]) => [key, String(value)])),
        });
  return {
    name,
    shareRaw,
    async share(h, text, more = {}) {
      const { json } = await shareRaw(h, { secret: text, ...more });
      return { secretId: json.secret_key, receiptId: json.metadata_key };
    },
    reveal: (h, id, passphrase) => h.send('POST', `/api/v1/secret/${id}`, { [kind]: fields(passphrase) }),
    textOf: (r) => r.json?.value,
    burn: (h, id, passphrase) => h.send('POST', `/api/v1/private/${id}/burn`, { [kind]: fields(passphrase) }),
    burned: (r) => r.json?.state !== undefined,
    receipt: (h, id) => h.send('GET', `/api/v1/private/${id}`),
  };
}

function current(name: string, base: string): TestDialect {
  const body = (passphrase?: string) => ({ json: { continue: true, passphrase } });
  const shareRaw = (h: Harness, payload: Record<string, unknown>) =>
    h.send('POST', `${base}/secret/conceal`, { json: { secret: payload } });
  return {
    name,
    shareRaw,
    async share(h, text, more = {}) {
      const { json } = await shareRaw(h, { secret: text, ...more });
      return { secretId: json.record.secret.identifier, receiptId: json.record.receipt.identifier };
    },
    reveal: (h, id, passphrase) => h.send('POST', `${base}/secret/${id}/reveal`, body(passphrase)),
    textOf: (r) => r.json?.record?.secret_value,
    burn: (h, id, passphrase) => h.send('POST', `${base}/receipt/${id}/burn`, body(passphrase)),
    burned: (r) => r.json?.success === true && r.json.record !== undefined,
    receipt: (h, id) => h.send('GET', `${base}/receipt/${id}`),
  };
}

export const DIALECTS: readonly TestDialect[] = [
  v1('v1 form', 'form'),
  v1('v1 JSON', 'json'),
  current('v2', '/api/v2'),
  current('v2 guest', '/api/v2/guest'),
  current('v3 guest', '/api/v3/guest'),
];
