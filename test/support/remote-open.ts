/**
 * Opening a server for a test, and looking at the error of an act. Close with {@link closeAll} after each test.
 */

import { isOtsError, type OtsError } from '../../src/core/errors.ts';
import { openRemote } from '../../src/remote/open.ts';
import type { Remote, RemoteSettings, ServerFacts, ServerMemory } from '../../src/remote/types.ts';
import { type Asked, type Reply, type Served, serve } from './remote-serve.ts';

const opened: { close(): Promise<void> }[] = [];

/** Closes what the test opened, clients first. */
export async function closeAll(): Promise<void> {
  for (const one of opened.splice(0).reverse()) await one.close();
}

/** Remembers to close it. */
export function tracked<Closable extends { close(): Promise<void> }>(one: Closable): Closable {
  opened.push(one);
  return one;
}

export type Settings = Partial<RemoteSettings>;

/** Opens a server with short timeouts. */
export async function openAt(baseUrl: string, settings: Settings = {}): Promise<Remote> {
  const now = () => performance.now();
  return tracked(await openRemote({ baseUrl, api: 'auto', timeoutMs: 5000, now, ...settings }));
}

/** A memory that already knows every server as described. */
export function knowing(
  facts: Partial<ServerFacts> = {},
): ServerMemory & { facts: Map<string, ServerFacts> } {
  const known = new Map<string, ServerFacts>();
  const initial: ServerFacts = {
    generation: 'current',
    maxTextBytes: undefined,
    claimSeconds: undefined,
    probedAtMs: 0,
    ...facts,
  };
  return { facts: known, get: (url) => known.get(url) ?? initial, set: (url, told) => known.set(url, told) };
}

export interface Rig {
  server: Served;
  remote: Remote;
  memory: ReturnType<typeof knowing>;
  /** Requests with this method and path part. */
  count(method: string, part: string): number;
}

/** A server with these answers, known beforehand, so that no probe is sent. */
export async function rig(
  answer: (asked: Asked) => Reply,
  facts: Partial<ServerFacts> = {},
  settings: Settings = {},
): Promise<Rig> {
  const server = tracked(await serve(answer));
  const memory = knowing(facts);
  const remote = await openAt(server.url, { memory, now: () => performance.now(), ...settings });
  const count = (method: string, part: string) =>
    server.asked.filter((asked) => asked.method === method && asked.path.includes(part)).length;
  return { server, remote, memory, count };
}

/** The error of an act that must fail with an OtsError; anything else fails the test. */
export async function failureOf(act: Promise<unknown>): Promise<OtsError> {
  let result: unknown;
  try {
    result = await act;
  } catch (error) {
    if (isOtsError(error)) return error;
    throw error;
  }
  throw new Error(`expected a failure, got ${JSON.stringify(result)}`);
}

/** Identifiers as 0.24 and later make them. */
export const SECRET_ID = 's'.repeat(62);
export const RECEIPT_ID = 'r'.repeat(62);
