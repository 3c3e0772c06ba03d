/** The server on a socket: binds, bounds how long a sender may take, and closes without cutting an answer off. */

import { createServer, type Server } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { OtsError } from '../core/errors.ts';
import { addressReader } from './addresses.ts';
import { type AppOptions, createApp } from './app.ts';
import { maxBodyBytes } from './body.ts';
import { type LogKind, problemLogger, requestLogger } from './logs.ts';
import { nodeListener } from './node.ts';
import { MemoryStore } from './stores/memory.ts';
import type { Store } from './stores/types.ts';

export interface ServerOptions extends Omit<AppOptions, 'store' | 'addressOf' | 'log'> {
  /** Address to bind; 127.0.0.1 unless said. */
  host?: string | undefined;
  /** 0 takes any free port. */
  port: number;
  /** Closed by its maker, not by the server; without one the server keeps secrets in memory, and forgets them on close. */
  store?: Store | undefined;
  /** Whether a proxy in front says who asks. */
  trustProxy?: boolean | undefined;
  /** Lines of a log: each request and each problem, or with `errors` problems only. */
  log?: { kind: Exclude<LogKind, 'none'>; requests: boolean; write: (line: string) => void } | undefined;
  /** How long senders may take; tests shorten it. */
  patience?: Partial<Patience> | undefined;
}

/** In milliseconds: until the headers are there, until the whole request is, and between looks at the clock. */
export interface Patience {
  headersMs: number;
  requestMs: number;
  checkMs: number;
}

export interface RunningServer {
  /** `http://HOST:PORT`, without trailing slash. */
  url: string;
  port: number;
  /** Stops taking connections, lets requests under way finish (up to five seconds), then frees everything. */
  close(): Promise<void>;
}

const PATIENCE: Patience = { headersMs: 10_000, requestMs: 30_000, checkMs: 2000 };
/** A sender slower than this, in bytes a millisecond, is cut off once the time above is over. */
const SLOWEST = 100;
/** Connections at once; each costs some memory before it asked for anything. */
const MAX_CONNECTIONS = 10_000;
const KEEP_ALIVE_TIMEOUT_MS = 5000;
const DRAIN_MS = 5000;

/**
 * Starts a server.
 * @returns once it accepts connections.
 * @throws OtsError `usage` when the address or port cannot be had.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host = '127.0.0.1', port: wantedPort, store: givenStore, trustProxy, log, ...appOptions } = options;
  const { headersMs, requestMs, checkMs } = { ...PATIENCE, ...options.patience };
  const store = givenStore ?? new MemoryStore(options.now);
  const parts = { now: options.now, write: log?.write ?? (() => undefined) };
  const app = createApp({
    ...appOptions,
    store,
    addressOf: addressReader(trustProxy ?? false),
    log: log === undefined ? undefined : problemLogger(log.kind, parts),
  });
  const listener = nodeListener((request, env) => app.fetch(request, env));
  const server = createServer({
    headersTimeout: headersMs,
    requestTimeout: requestMs + Math.ceil(maxBodyBytes(options.maxTextBytes ?? 0) / SLOWEST),
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionsCheckingInterval: checkMs,
  });
  server.maxConnections = MAX_CONNECTIONS;
  if (log?.requests) server.on('request', requestLogger(log.kind, parts));
  server.on('request', listener);
  const drain = drainer(server);
  const port = await bind(server, host, wantedPort);
  let closed: Promise<void> | undefined;
  return {
    url: `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`,
    port,
    close() {
      closed ??= drain().then(() => (givenStore === undefined ? store.close() : undefined));
      return closed;
    },
  };
}

function bind(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(bindError(error, host, port)));
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function bindError(error: NodeJS.ErrnoException, host: string, port: number): OtsError {
  if (error.code === 'EADDRINUSE') {
    const hint = 'stop what uses it, choose another with --port, or take any free one with --port 0';
    return new OtsError('usage', `port ${port} on ${host} is already in use`, { hint, cause: error });
  }
  const why = error.code === 'EACCES' ? 'not permitted' : `not possible (${error.code ?? error.name})`;
  const hint = 'choose an address of this machine with --host and a port above 1023 with --port';
  return new OtsError('usage', `listening on ${host}, port ${port}, is ${why}`, { hint, cause: error });
}

/**
 * Ends each connection as soon as no request is under way on it: at once where it idles or nothing was ever asked,
 * else when the answer is out. Node's own way leaves a connection open that was never used.
 */
function drainer(server: Server): () => Promise<void> {
  const open = new Set<Socket>();
  const busy = new Set<Socket>();
  let draining = false;
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    busy.add(socket);
    response.once('close', () => {
      busy.delete(socket);
      if (draining) socket.destroySoon();
    });
  });
  return () =>
    new Promise((resolve) => {
      draining = true;
      const deadline = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
      server.close(() => {
        clearTimeout(deadline);
        resolve();
      });
      for (const socket of open) if (!busy.has(socket)) socket.destroySoon();
    });
}
