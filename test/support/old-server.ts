/**
 * Servers of four versions, made of what those versions were recorded to answer: this file only keeps the state of
 * secrets and chooses the recorded answer that fits; every shape, status and word comes from the recordings.
 */

import { readFileSync } from 'node:fs';
import { type Asked, type Reply, type Served, serve } from './remote-serve.ts';

export type Version = '0.18.3' | '0.23.6' | '0.25.11' | '0.26.6';

export const ACCOUNT = { username: 'tester@example.com', token: 'the-right-token' };

interface Recorded {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
  text?: string;
}

interface Scenario {
  name: string;
  steps: { name: string; response: Recorded }[];
}

interface Kept {
  secretId: string;
  receiptId: string;
  text: string;
  passphrase: string | undefined;
  state: 'live' | 'revealed' | 'burned';
  wrongTries: number;
}

interface Request {
  params: Record<string, unknown>;
  auth: 'account' | 'wrong' | 'none';
  host: string;
}

/** Wrong passphrases before the version's lock. 0.18 and 0.23 count per caller, later ones per secret. */
const TRIES = 3;

export interface OldServer extends Served {
  /** All secrets it ever had. */
  kept: Kept[];
}

function load(version: Version): Scenario[] {
  const file = new URL(`../contract/recordings-v${version}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { scenarios: Scenario[] }).scenarios;
}

/** Starts a server of that version on a loopback port. */
export async function startOldServer(version: Version): Promise<OldServer> {
  const scenarios = load(version);
  const kept: Kept[] = [];
  const isNew = version === '0.25.11' || version === '0.26.6';
  const idLength = isNew ? 62 : 31;
  let counter = 0;
  let callersWrongTries = 0;

  function freshId(): string {
    counter += 1;
    return `${counter.toString(36)}${'0123456789abcdefghijklmnopqrstuvwxyz'.repeat(2)}`.slice(0, idLength);
  }

  /** The first recorded answer of these names; a name is `scenario prefix/step`. */
  function recorded(...names: string[]): Recorded {
    for (const name of names) {
      const [prefix = '', step] = name.split('/');
      for (const scenario of scenarios) {
        if (!scenario.name.startsWith(prefix)) continue;
        const found = scenario.steps.find((one) => one.name === step);
        if (found !== undefined) return found.response;
      }
    }
    throw new Error(`nothing recorded for ${names.join(', ')} on ${version}`);
  }

  /** A recorded answer about one secret, its placeholders filled. */
  function about(one: Partial<Kept>, host: string, ...names: string[]): Reply {
    const { status, headers, body, text } = recorded(...names);
    const secretId = one.secretId ?? 'z'.repeat(idLength);
    const receiptId = one.receiptId ?? 'q'.repeat(idLength);
    const fill = (value: string) =>
      value
        .replace(/[zq]{31,62}/, one.receiptId ?? one.secretId ?? '$&')
        .replaceAll('{{secret}}', secretId)
        .replaceAll('{{receipt}}', receiptId)
        .replace(/\{\{secret:(\d+)\}\}/g, (_, length: string) => secretId.slice(0, Number(length)))
        .replace(/\{\{receipt:(\d+)\}\}/g, (_, length: string) => receiptId.slice(0, Number(length)))
        .replaceAll('{{host}}', host);
    const replaced: unknown = JSON.parse(fill(JSON.stringify(body ?? null)), (key, value: unknown) =>
      (key === 'value' || key === 'secret_value') && typeof value === 'string' ? one.text : value,
    );
    if (body === undefined) return { status, body: text ?? '', headers: headers ?? {} };
    return { status, json: replaced, headers: headers ?? {} };
  }

  function store(params: Record<string, unknown>): Kept {
    const nested = params['secret'];
    const source =
      typeof nested === 'object' && nested !== null ? (nested as Record<string, unknown>) : params;
    const passphrase = source['passphrase'];
    const one: Kept = {
      secretId: freshId(),
      receiptId: freshId(),
      text: String(source['secret'] ?? ''),
      passphrase: typeof passphrase === 'string' && passphrase !== '' ? passphrase : undefined,
      state: 'live',
      wrongTries: 0,
    };
    return one;
  }

  function keep(one: Kept): Kept {
    kept.push(one);
    return one;
  }

  /** What the passphrase check says: `right`, `wrong`, or `locked`. */
  function check(one: Kept, given: unknown, isV1: boolean): 'right' | 'wrong' | 'locked' {
    // 0.25 and 0.26 lock v2 and v3 even for the right one; v1 of those was not seen to lock.
    if (isNew && !isV1 && one.wrongTries >= TRIES) return 'locked';
    if (one.passphrase === undefined || given === one.passphrase) return 'right';
    one.wrongTries += 1;
    callersWrongTries += 1;
    return !isNew && callersWrongTries > TRIES ? 'locked' : 'wrong';
  }

  function v1(asked: Asked, request: Request): Reply {
    const { params, host, auth } = request;
    const [, , , room, id = '', verb] = asked.path.split('/');
    const reply = (one: Partial<Kept>, ...names: string[]) => about(one, host, ...names);
    if (room === 'status') return reply({}, 'status/v1');
    if (room === 'authcheck')
      return reply({}, auth === 'account' ? 'v1 account/authcheck' : 'v1 account/authcheck wrong');
    if (auth === 'wrong') return reply({}, 'v1 refusals/wrong account');
    if (room === 'share') {
      if (params['recipient'] !== undefined && auth === 'none')
        return reply({}, 'v1 refusals/recipient without account');
      const one = keep(store(params));
      if (auth === 'account') return reply(one, 'v1 account/share');
      return reply(one, one.passphrase === undefined ? 'v1 share/share' : 'v1 passphrase/share');
    }
    if (room === 'generate')
      return reply({ ...keep(store(params)), text: 'made-there' }, 'v1 generate/generate');
    if (room === 'secret') {
      const one = kept.find(({ secretId }) => secretId === id);
      if (one?.state !== 'live') return reply({ secretId: id }, 'v1 refusals/unknown key');
      const verdict = check(one, params['passphrase'], true);
      if (verdict === 'locked') return reply(one, 'v1 lock-out/wrong 5');
      if (verdict === 'wrong') return reply(one, 'v1 passphrase/wrong');
      one.state = 'revealed';
      return reply(one, 'v1 share/reveal');
    }
    if (room === 'private' && id === 'recent') {
      return reply(
        kept.at(-1) ?? {},
        auth === 'account' ? 'v1 account/recent, one' : 'v1 account/recent none',
      );
    }
    const one = kept.find(({ receiptId }) => receiptId === id);
    if (room === 'private' && one === undefined) {
      return reply({ receiptId: id }, 'v1 refusals/unknown receipt', 'v1 refusals/unknown key');
    }
    if (room === 'private' && one !== undefined)
      return verb === 'burn' ? v1Burn(one, request) : v1Receipt(one, host);
    return reply({}, 'v1 refusals/unknown route');
  }

  function v1Receipt(one: Kept, host: string): Reply {
    if (one.state === 'burned') return about(one, host, 'v1 burn/receipt');
    if (one.state === 'revealed') return about(one, host, 'v1 share/receipt after');
    if (one.passphrase !== undefined && version !== '0.26.6')
      return about(one, host, 'v1 passphrase/receipt');
    return about(one, host, 'v1 share/receipt, first look', 'v1 share/receipt');
  }

  function v1Burn(one: Kept, { params, host }: Request): Reply {
    if (one.state !== 'live') return about(one, host, 'v1 burn/burn again');
    if (check(one, params['passphrase'], true) !== 'right') {
      if (version !== '0.26.6') return about(one, host, 'v1 burn with passphrase/wrong');
      return {
        status: 404,
        json: { message: 'Double check that passphrase' },
        headers: { 'x-ots-intended-status': '400' },
      };
    }
    one.state = 'burned';
    return about(one, host, 'v1 burn/burn');
  }

  /** Routes of v2, and of v3 whose answers are like v2's but for the guest in the path. */
  function v2(asked: Asked, request: Request, isV3: boolean): Reply {
    const { params, host, auth } = request;
    const parts = asked.path.replace('/guest/', '/').split('/');
    const [, , , room, id = '', verb] = parts;
    const reply = (one: Partial<Kept>, ...names: string[]) => about(one, host, ...names);
    const missing = () => reply({}, 'v2 refusals/unknown route');
    if (room === 'status') return reply({}, isV3 ? 'status/v3' : 'status/v2');
    if (room === 'version')
      return version === '0.26.6' ? reply({}, 'v2 refusals/recent none') : reply({}, 'status/v2 version');
    if (id === 'recent') {
      if (room !== (isNew ? 'receipt' : 'private')) return missing();
      if (auth !== 'account') return reply({}, 'v2 refusals/recent none');
      return version === '0.26.6'
        ? { json: { success: true, records: [] } }
        : reply({}, 'v2 recent/recent', 'v2 account/recent');
    }
    if (room === 'secret' && (id === 'conceal' || id === 'generate'))
      return v2Create(params, auth, host, isV3, id);
    if (room === 'secret') return v2Secret(asked, request, id, verb, missing);
    if (room !== (isNew ? 'receipt' : 'private')) return missing();
    if (auth === 'wrong') return reply({}, 'v2 refusals/wrong account');
    const one = kept.find(({ receiptId }) => receiptId === id);
    if (one === undefined) return reply({ receiptId: id }, 'v2 refusals/unknown receipt');
    if (verb === 'burn') return v2Burn(one, request);
    if (one.state === 'live') {
      if (one.passphrase !== undefined && !isNew) return reply(one, 'v2 passphrase/receipt');
      return reply(one, 'v2 conceal/receipt, first look', 'v2 conceal/receipt');
    }
    return reply(one, one.state === 'burned' ? 'v2 burn/receipt' : 'v2 conceal/receipt after');
  }

  function v2Create(
    params: Record<string, unknown>,
    auth: Request['auth'],
    host: string,
    isV3: boolean,
    id: string,
  ): Reply {
    const isFlat = typeof params['secret'] !== 'object';
    if (isFlat !== (version === '0.18.3'))
      return about({}, host, 'v2 shapes/nested payload', 'v2 shapes/flat', 'v2 refusals/flat');
    const refusal = recorded('v2 refusals/wrong account');
    const one = store(params);
    if (auth === 'wrong' && !isV3)
      return about(refusal.status === 200 ? keep(one) : {}, host, 'v2 refusals/wrong account');
    const source = isFlat ? params : (params['secret'] as Record<string, unknown>);
    if (source['recipient'] !== undefined && auth === 'none') return about({}, host, 'v2 refusals/recipient');
    keep(one);
    if (isV3)
      return about(
        one,
        host,
        one.passphrase === undefined ? 'v3 guest round/conceal' : 'v3 passphrase/conceal',
        'v3 guest round/conceal',
      );
    if (auth === 'account') {
      if (version !== '0.26.6') return about(one, host, 'v2 account/conceal');
      const answer = about(one, host, 'v2 conceal/conceal') as {
        json: { record: { receipt: { owner_id: unknown } } };
      };
      answer.json.record.receipt.owner_id = '01a2054c-0551-73e2-9e09-ed1f29a738a0';
      return answer;
    }
    if (id === 'generate') return about(one, host, 'v2 generate/generate', 'v2 conceal/conceal');
    return about(one, host, one.passphrase === undefined ? 'v2 conceal/conceal' : 'v2 passphrase/conceal');
  }

  function v2Secret(
    asked: Asked,
    request: Request,
    id: string,
    verb: string | undefined,
    missing: () => Reply,
  ): Reply {
    const { params, host, auth } = request;
    const one = kept.find(({ secretId }) => secretId === id);
    const live = one?.state === 'live' ? one : undefined;
    const names = (name: string) =>
      live?.passphrase === undefined
        ? [`v2 conceal/${name}`]
        : [`v2 passphrase/${name}`, `v2 conceal/${name}`];
    const flat = version === '0.18.3';
    if (asked.method === 'GET' && verb === 'status') {
      if (flat) return missing();
      if (live === undefined) return about({}, host, 'v2 refusals/unknown status');
      const reply = about(live, host, ...names('status'));
      const record = 'json' in reply ? (reply.json as { record: Record<string, unknown> }).record : {};
      record['has_passphrase'] = live.passphrase !== undefined;
      return reply;
    }
    if (asked.method === 'GET' && verb === undefined) {
      return about(
        live ?? { secretId: id },
        host,
        ...(live === undefined ? ['v2 refusals/unknown'] : names('peek')),
      );
    }
    if (verb !== (flat ? undefined : 'reveal')) return missing();
    if (auth === 'wrong' && recorded('v2 refusals/wrong account').status !== 200)
      return about({}, host, 'v2 refusals/wrong account');
    if (live === undefined) return about({ secretId: id }, host, 'v2 refusals/unknown');
    const verdict = check(live, params['passphrase'], false);
    if (verdict === 'locked') return locked(live, host, 'wrong');
    if (verdict === 'wrong') return about(live, host, 'v2 passphrase/wrong');
    if (params['continue'] !== true && params['continue'] !== 'true')
      return about(live, host, 'v2 conceal/reveal without continue');
    live.state = 'revealed';
    return about(live, host, 'v2 conceal/reveal with continue as a JSON true', 'v2 conceal/reveal');
  }

  function locked(one: Kept, host: string, step: string): Reply {
    if (!isNew) return about(one, host, `v2 while locked out by v1/${step}`);
    if (version === '0.25.11') return about(one, host, 'v2 lock-out/right while locked');
    return {
      status: 429,
      json: {
        error: 'Too many incorrect passphrase attempts. Please try again later.',
        error_type: 'LimitExceeded',
        retry_after: 1790,
        max_attempts: 5,
        request_id: '0',
      },
      headers: { 'retry-after': '1790' },
    };
  }

  function v2Burn(one: Kept, { params, host }: Request): Reply {
    const goesOn = params['continue'] === 'true' || (version !== '0.18.3' && params['continue'] === true);
    if (!goesOn) return about(one, host, 'v2 burn/burn without continue');
    if (one.state !== 'live') return about(one, host, 'v2 burn/burn again');
    const verdict = check(one, params['passphrase'], false);
    if (verdict === 'locked') return locked(one, host, 'burn wrong');
    if (verdict === 'wrong') return about(one, host, 'v2 passphrase/burn wrong', 'v2 refusals/flat');
    one.state = 'burned';
    return about(one, host, 'v2 burn/burn');
  }

  const served = await serve((asked) => {
    const host = String(asked.headers['host']);
    const request = { params: paramsOf(asked, isNew), auth: authOf(asked), host };
    if (asked.path.startsWith('/api/v1/')) return v1(asked, request);
    if (asked.path.startsWith('/api/v2/')) return v2(asked, request, false);
    if (asked.path === '/api/v3/status') return about({}, host, 'status/v3', 'status/v3 is not there');
    if (isNew) return v2(asked, { ...request, auth: 'none' }, true);
    return about({}, host, 'status/v3 conceal is not there');
  });
  return { ...served, kept };
}

function authOf(asked: Asked): Request['auth'] {
  const header = asked.headers['authorization'];
  if (header === undefined) return 'none';
  const right = `Basic ${Buffer.from(`${ACCOUNT.username}:${ACCOUNT.token}`).toString('base64')}`;
  return header === right ? 'account' : 'wrong';
}

/** v1 up to 0.23 reads forms only. */
function paramsOf(asked: Asked, isNew: boolean): Record<string, unknown> {
  const type = String(asked.headers['content-type'] ?? '');
  if (type.includes('form')) return Object.fromEntries(new URLSearchParams(asked.body));
  if (!type.includes('json') || (!isNew && asked.path.startsWith('/api/v1/'))) return {};
  return JSON.parse(asked.body) as Record<string, unknown>;
}
