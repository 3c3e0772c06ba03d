/**
 * Loads undici and makes its connection pool. The only file that touches undici's values; loaded by path, so that a
 * process that fails earlier never pays for it, and one that makes a single request loads little of it.
 */

import type { Dispatcher } from 'undici';
import { trustedCertificates } from './certificates.ts';
import type { RemoteSettings } from './types.ts';

/** As many connections as bulk sharing has jobs. */
const CONNECTIONS = 16;

/**
 * V8 compiles undici's WebAssembly parser anew in the background when it gets warm, and a short program waits for
 * that at its exit. A budget it never uses up makes one request twice as fast. Must be set before undici loads.
 */
async function calmWebAssembly(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString('--wasm-tiering-budget=1000000000');
}

interface PoolOptions {
  connect: { timeout: number; ca?: string[] };
  connections: number;
  pipelining: number;
}

async function createProxied(uri: string, { connect, ...options }: PoolOptions): Promise<Dispatcher> {
  const [{ default: dispatcher }, { default: api }, { default: ProxyAgent }] = await Promise.all([
    import('undici/lib/dispatcher/dispatcher.js'),
    import('undici/lib/api/index.js'),
    import('undici/lib/dispatcher/proxy-agent.js'),
  ]);
  // What undici's main entry does: its proxy opens tunnels with `connect`, which is mixed in.
  Object.assign(dispatcher.prototype, api);
  return new ProxyAgent({ uri, requestTls: connect, proxyTls: connect, ...options });
}

/**
 * A pool for one origin, or a proxy to it.
 *
 * @throws OtsError `usage` when the additional certificates are none.
 */
export async function createDispatcher(origin: string, settings: RemoteSettings): Promise<Dispatcher> {
  if (settings.manyRequests !== true) await calmWebAssembly();
  const connect = {
    timeout: settings.timeoutMs,
    ...(settings.caPem === undefined ? {} : { ca: await trustedCertificates(settings.caPem) }),
  };
  // Pipelining 1: one request at a time on a connection; the next waits for the answer.
  const options = { connect, connections: settings.connections ?? CONNECTIONS, pipelining: 1 };
  if (settings.proxyUrl !== undefined) return createProxied(settings.proxyUrl, options);
  const { default: Pool } = await import('undici/lib/dispatcher/pool.js');
  return new Pool(origin, options);
}
