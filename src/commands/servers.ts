/**
 * The servers that a command with many targets talks to: one pool of connections each, one pace each, and the list of
 * receipts of the account, fetched when it is first needed.
 */
import { isOtsError, OtsError } from '../core/index.ts';
import type { ReceiptInfo, Remote } from '../remote/types.ts';
import type { Context } from './context.ts';
import { createPace, type Pace } from './each-pace.ts';
import { type Access, openServer, type Settings } from './settings.ts';

export interface Servers {
  /**
   * Asks a server, when its pace allows, and again after a 429.
   *
   * @throws what the request throws; OtsError `interrupted` when nobody may ask any more
   */
  ask<T>(baseUrl: string, access: Access, request: (remote: Remote) => Promise<T>): Promise<T>;
  /** The receipts of the account on the configured server; none without one, or when the list cannot be had. */
  accountReceipts(): Promise<ReceiptInfo[]>;
  /** Nobody waits any more, and nothing new is asked. */
  stop(): void;
  close(): Promise<void>;
}

/** @param jobs requests at a time */
export function createServers(ctx: Context, settings: Settings, jobs: number): Servers {
  const remotes = new Map<string, Promise<Remote>>();
  const paces = new Map<string, Pace>();
  let account: Promise<ReceiptInfo[]> | undefined;
  let stopped = false;

  const open = (baseUrl: string, access: Access): Promise<Remote> => {
    const key = `${baseUrl} ${access.sealedReveal ?? false}`;
    const known = remotes.get(key);
    if (known !== undefined) return known;
    const opened = openServer(ctx, settings, baseUrl, {
      ...access,
      ...(jobs > 1 && { manyRequests: true, connections: jobs }),
    });
    remotes.set(key, opened);
    // A server that is not there is tried once; one that asks to wait, again.
    opened.catch((error: unknown) => {
      if (isOtsError(error, 'rate_limited')) remotes.delete(key);
    });
    return opened;
  };
  const paceOf = (baseUrl: string): Pace => {
    const pace = paces.get(baseUrl) ?? createPace({ jobs, now: ctx.now });
    paces.set(baseUrl, pace);
    return pace;
  };
  const ask: Servers['ask'] = (baseUrl, access, request) => {
    if (stopped) return Promise.reject(new OtsError('interrupted', 'it was not tried'));
    return paceOf(baseUrl).send(async () => request(await open(baseUrl, access)));
  };
  const list = async (): Promise<ReceiptInfo[]> => {
    if ((await settings.credentials()) === undefined) return [];
    try {
      return await ask(settings.baseUrl, {}, (remote) => remote.recent());
    } catch (error) {
      if (!isOtsError(error) || error.code === 'interrupted') throw error;
      ctx.io.warn(`the account's receipts could not be listed: ${error.message}`);
      return [];
    }
  };
  return {
    ask,
    accountReceipts: () => {
      account ??= list();
      return account;
    },
    stop: () => {
      stopped = true;
      for (const pace of paces.values()) pace.stop();
    },
    close: async () => {
      for (const opened of remotes.values()) await (await opened.catch(() => undefined))?.close();
    },
  };
}
