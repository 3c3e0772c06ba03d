/**
 * Servers of four versions, made of what those versions were recorded to answer: this file keeps the state of secrets
 * and who asks, old-routes-*.ts choose the recorded answer that fits; every shape, status and word is a recording's.
 */

import { type Recordings, readRecordings, type Version } from './old-recordings.ts';
import { routeV1 } from './old-routes-v1.ts';
import { routeV2 } from './old-routes-v2.ts';
import { type Asked, type Served, serve } from './remote-serve.ts';

export type { Version } from './old-recordings.ts';

export const ACCOUNT = { username: 'tester@example.com', token: 'the-right-token' };

export interface Params {
  secret?: unknown;
  passphrase?: unknown;
  continue?: unknown;
  recipient?: unknown;
}

export interface Kept {
  secretId: string;
  receiptId: string;
  text: string;
  passphrase: string | undefined;
  state: 'live' | 'revealed' | 'burned';
  wrongTries: number;
}

export interface Request {
  method: string;
  /** `/api/v2/secret/ID/status` is `['secret', 'ID', 'status']`. */
  parts: string[];
  params: Params;
  auth: 'account' | 'wrong' | 'none';
  host: string;
}

export interface State {
  recordings: Recordings;
  kept: Kept[];
  /** A new secret, not kept yet. */
  make(params: Params): Kept;
  /** What the passphrase check says. */
  check(one: Kept, given: unknown, isV1: boolean): 'right' | 'wrong' | 'locked';
}

/** Wrong passphrases before the lock. */
const TRIES = 3;

export interface OldServer extends Served {
  /** All secrets it ever had. */
  kept: Kept[];
}

function createState(recordings: Recordings): State {
  const kept: Kept[] = [];
  let made = 0;
  let callersWrongTries = 0;

  function freshId(): string {
    made += 1;
    return `${made.toString(36)}${'0123456789abcdefghijklmnopqrstuvwxyz'.repeat(2)}`.slice(
      0,
      recordings.idLength,
    );
  }

  function make({ secret, passphrase }: Params): Kept {
    return {
      secretId: freshId(),
      receiptId: freshId(),
      text: String(secret ?? ''),
      passphrase: typeof passphrase === 'string' && passphrase !== '' ? passphrase : undefined,
      state: 'live',
      wrongTries: 0,
    };
  }

  function check(one: Kept, given: unknown, isV1: boolean): 'right' | 'wrong' | 'locked' {
    // 0.25 and 0.26 lock a secret in v2 and v3, even for the right one; their v1 was not seen to lock.
    if (recordings.isNew && !isV1 && one.wrongTries >= TRIES) return 'locked';
    if (one.passphrase === undefined || given === one.passphrase) return 'right';
    one.wrongTries += 1;
    callersWrongTries += 1;
    // 0.18 and 0.23 count the caller's, and let the right one through.
    return !recordings.isNew && callersWrongTries > TRIES ? 'locked' : 'wrong';
  }

  return { recordings, kept, make, check };
}

/** Starts a server of that version on a loopback port. */
export async function startOldServer(version: Version): Promise<OldServer> {
  const recordings = readRecordings(version);
  const state = createState(recordings);
  const served = await serve((asked) => {
    const host = asked.headers.host ?? '';
    const [, , api, ...parts] = asked.path.split('/');
    const request = {
      method: asked.method,
      parts,
      params: paramsOf(asked, recordings.isNew),
      auth: authOf(asked),
      host,
    };
    if (api === 'v1') return routeV1(state, request);
    if (api === 'v2') return routeV2(state, request, false);
    if (asked.path === '/api/v3/status')
      return recordings.answer({}, host, 'status/v3', 'status/v3 is not there');
    if (!recordings.isNew) return recordings.answer({}, host, 'status/v3 conceal is not there');
    // v3 ignores credentials, and answers like v2 but for the guest in the path.
    return routeV2(
      state,
      { ...request, auth: 'none', parts: parts.filter((part) => part !== 'guest') },
      true,
    );
  });
  return { ...served, kept: state.kept };
}

function authOf({ headers }: Asked): Request['auth'] {
  if (headers.authorization === undefined) return 'none';
  const right = `Basic ${Buffer.from(`${ACCOUNT.username}:${ACCOUNT.token}`).toString('base64')}`;
  return headers.authorization === right ? 'account' : 'wrong';
}

/** v1 up to 0.23 reads forms only. */
function paramsOf(asked: Asked, isNew: boolean): Params {
  const type = asked.headers['content-type'] ?? '';
  if (type.includes('form')) return Object.fromEntries(new URLSearchParams(asked.body));
  if (!type.includes('json') || (!isNew && asked.path.startsWith('/api/v1/'))) return {};
  return JSON.parse(asked.body) as Params;
}
