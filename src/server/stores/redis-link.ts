/** The connection to Redis or a cluster of it: one command at a time, answered or failed, never sent twice. */

import { createHash } from 'node:crypto';
import { createClient, createCluster, RESP_TYPES } from 'redis';
import { OtsError } from '../../core/errors.ts';
import { Unavailable } from '../unavailable.ts';

export type Argument = string | Uint8Array;

export interface RedisLink {
  /** Sends one command. @param key decides the node of a cluster */
  send(key: string, args: readonly Argument[]): Promise<unknown>;
  /** Runs a script. All keys must share a hash tag. */
  run(script: string, keys: readonly string[], args: readonly (Argument | number)[]): Promise<unknown>;
  close(): Promise<void>;
}

interface Connection {
  send(key: string, args: (string | Buffer)[]): Promise<unknown>;
  close(): void;
}

/** A name of this program's, so that a user confined to `ots:*` may ask for it. */
const PROBE = 'ots:{ping}';
const CONNECT_MS = 5000;
const MAX_RECONNECT_MS = 500;
/** How long a Redis that took a command may leave it unanswered. */
const ANSWER_MS = 5000;
const RETRY_SECONDS = 2;
const FULL_RETRY_SECONDS = 60;

// Without the queue a command fails at once while the connection is away: the caller is told, not kept waiting.
const OPTIONS = { disableOfflineQueue: true, pingInterval: 15_000 } as const;
const SOCKET = {
  connectTimeout: CONNECT_MS,
  reconnectStrategy: (retries: number) => Math.min(50 * 2 ** Math.min(retries, 5), MAX_RECONNECT_MS),
};
// No timeout of the library's: it ends when a command was written, and an abort signal for each costs as much as a hash.
const COMMANDS = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer }, timeout: 0 };

/**
 * Connects.
 * @param url `redis://`, `rediss://`, or `redis-cluster://` with several HOST:PORT between commas
 * @param ca all certificates to trust, PEM, for `rediss://`; the usual ones unless given
 * @throws OtsError `network` when nobody answers, `unauthorized` for a wrong password, `usage` for a malformed address
 */
export async function connectRedis(url: string, ca?: string[]): Promise<RedisLink> {
  const isCluster = url.startsWith('redis-cluster:');
  const nodes = isCluster ? nodesOf(url) : [url];
  // Not left to the library: its error would hold the address, and that perhaps a password.
  if (!nodes.every((node) => URL.canParse(node))) {
    throw new OtsError('usage', 'the address of Redis given with --store is malformed', {
      hint: 'redis://USER:PASSWORD@HOST:PORT, with characters like @ and / in the password as %40 and %2F',
    });
  }
  let connection: Connection | undefined;
  try {
    connection = isCluster ? await cluster(nodes) : await single(url, ca);
    // Without a password that it wants, Redis lets connect and refuses what comes then.
    await connection.send(PROBE, ['GET', PROBE]);
    return linked(connection);
  } catch (cause) {
    connection?.close();
    throw refusalOf(cause);
  }
}

/** The address may hold a password: it is not repeated. */
function refusalOf(cause: unknown): OtsError {
  if (cause instanceof OtsError) return cause;
  if (['WRONGPASS', 'NOAUTH', 'NOPERM', 'ERR AUTH'].some((word) => isError(cause, word))) {
    return new OtsError('unauthorized', 'the Redis of --store refuses the user or the password', {
      hint: 'set OTS_SERVE_STORE=redis://USER:PASSWORD@HOST:PORT',
      cause,
    });
  }
  const code = String((cause as { code?: unknown } | undefined)?.code);
  const hint = /CERT|SIGNATURE|TLS|SSL/.test(code)
    ? 'its certificate is not trusted: for a private certificate authority give --ca-file or NODE_EXTRA_CA_CERTS'
    : 'check the address given with --store, and that Redis runs there';
  return new OtsError('network', 'the Redis of --store cannot be reached', { hint, cause });
}

async function single(url: string, ca: string[] | undefined): Promise<Connection> {
  const secured = ca !== undefined && url.startsWith('rediss:') ? { ca } : {};
  let up = false;
  const reconnectStrategy = (retries: number, cause: Error): number | Error =>
    up ? SOCKET.reconnectStrategy(retries) : cause;
  const client = createClient({
    url,
    ...OPTIONS,
    socket: { ...SOCKET, ...secured, reconnectStrategy },
    commandOptions: COMMANDS,
  });
  const firstError = heard(client);
  await client.connect().catch((error: unknown) => {
    throw firstError() ?? error;
  });
  up = true;
  return { send: (_key, args) => client.sendCommand(args), close: () => client.destroy() };
}

async function cluster(nodes: readonly string[]): Promise<Connection> {
  const rootNodes = nodes.map((url) => ({ url }));
  const client = createCluster({
    rootNodes,
    defaults: { ...OPTIONS, ...credentialsOf(rootNodes[0]?.url), socket: SOCKET },
    commandOptions: COMMANDS,
  });
  const firstError = heard(client);
  await client.connect().catch((error: unknown) => {
    throw firstError() ?? error;
  });
  return { send: (key, args) => client.sendCommand(key, false, args), close: () => client.destroy() };
}

/** Hears errors, which else would end the process; the commands that fail say them. @returns tells the first one */
function heard(client: { on(event: 'error', listener: (error: unknown) => void): unknown }): () => unknown {
  let first: unknown;
  client.on('error', (error) => {
    first ??= error;
  });
  return () => first;
}

function nodesOf(url: string): string[] {
  const [first = '', ...rest] = url.slice('redis-cluster://'.length).replace(/\/$/, '').split(',');
  const credentials = first.includes('@') ? first.slice(0, first.lastIndexOf('@') + 1) : '';
  return [first, ...rest.map((node) => (node.includes('@') ? node : credentials + node))].map(
    (node) => `redis://${node}`,
  );
}

/** For the nodes that the cluster itself tells of. */
function credentialsOf(url: string | undefined): { username?: string; password?: string } {
  if (url === undefined || !URL.canParse(url)) return {};
  const { username, password } = new URL(url);
  return {
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
  };
}

function linked(connection: Connection): RedisLink {
  const hashes = new Map<string, string>();
  const hashOf = (script: string): string => {
    const known = hashes.get(script) ?? createHash('sha1').update(script).digest('hex');
    hashes.set(script, known);
    return known;
  };
  const send = async (key: string, args: readonly Argument[]): Promise<unknown> => {
    try {
      return await inTime(connection.send(key, args.map(plainArgument)));
    } catch (error) {
      if (isError(error, 'NOSCRIPT')) throw error;
      if (isError(error, 'OOM')) throw new Unavailable('store_full', FULL_RETRY_SECONDS, error);
      throw new Unavailable('store_unreachable', RETRY_SECONDS, error);
    }
  };
  return {
    send,
    async run(script, keys, args) {
      const rest = [
        String(keys.length),
        ...keys,
        ...args.map((one) => (typeof one === 'number' ? String(one) : one)),
      ];
      const key = keys[0] ?? '';
      try {
        return await send(key, ['EVALSHA', hashOf(script), ...rest]);
      } catch (error) {
        // Not known there, so not run: sending it whole repeats nothing.
        if (!isError(error, 'NOSCRIPT')) throw error;
        return send(key, ['EVAL', script, ...rest]);
      }
    },
    close: () => Promise.resolve(connection.close()),
  };
}

/** @throws Error when there is no answer in time; what was asked for may still happen */
function inTime(reply: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer')), ANSWER_MS);
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      act();
    };
    reply.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    );
  });
}

function plainArgument(value: Argument): string | Buffer {
  return typeof value === 'string' ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

function isError(error: unknown, word: string): boolean {
  return error instanceof Error && error.message.startsWith(word);
}
