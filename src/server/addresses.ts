/** Whose request it is: the other end of the socket, or whom a trusted proxy in front says it asks for. */

import { isIP } from 'node:net';
import type { SocketEnv } from './node.ts';

/**
 * @param trustProxy whether `X-Forwarded-For` counts: of its entries the last, which the proxy itself wrote
 */
export function addressReader(trustProxy: boolean): (env: unknown) => string | undefined {
  return (env) => {
    const incoming = (env as Partial<SocketEnv>).incoming;
    const socketAddress = incoming?.socket.remoteAddress;
    const header = trustProxy ? incoming?.headers['x-forwarded-for'] : undefined;
    if (header === undefined) return socketAddress;
    const last = (Array.isArray(header) ? header.join(',') : header).split(',').at(-1)?.trim() ?? '';
    // Some proxies add the port.
    const address = /^\[([^\]]+)\](?::\d+)?$/.exec(last)?.[1] ?? /^([\d.]+):\d+$/.exec(last)?.[1] ?? last;
    return isIP(address) === 0 ? socketAddress : address;
  };
}
