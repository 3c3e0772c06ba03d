/**
 * v2 of the recorded versions, and v3, which answers alike: which recorded answer fits a request.
 */

import type { Kept, Params, Request, State } from './old-server.ts';
import type { Reply } from './remote-serve.ts';

const OWNER = '01a2054c-0551-73e2-9e09-ed1f29a738a0';

/** 0.24 to 0.26.2 ignore wrong credentials. */
function refusesWrongAccount({ recordings }: State): boolean {
  return recordings.status('v2 refusals/wrong account') !== 200;
}

function create(state: State, { params, auth, host, parts }: Request, isV3: boolean): Reply {
  const { recordings, kept } = state;
  const isFlat = typeof params.secret !== 'object';
  if (isFlat !== (recordings.version === '0.18.3')) {
    return recordings.answer({}, host, 'v2 shapes/nested payload', 'v2 shapes/flat', 'v2 refusals/flat');
  }
  const source = isFlat ? params : (params.secret as Params);
  const one = state.make(source);
  if (auth === 'wrong') {
    if (!refusesWrongAccount(state)) kept.push(one);
    return recordings.answer(one, host, 'v2 refusals/wrong account');
  }
  if (source.recipient !== undefined && auth === 'none')
    return recordings.answer({}, host, 'v2 refusals/recipient');
  kept.push(one);
  const names =
    one.passphrase === undefined ? ['conceal/conceal'] : ['passphrase/conceal', 'conceal/conceal'];
  if (isV3)
    return recordings.answer(one, host, ...names.map((name) => `v3 ${name}`), 'v3 guest round/conceal');
  if (auth === 'account' && recordings.version === '0.26.6') {
    const answer = recordings.answer(one, host, 'v2 conceal/conceal') as { json: unknown };
    (answer.json as { record: { receipt: { owner_id: string } } }).record.receipt.owner_id = OWNER;
    return answer as Reply;
  }
  if (auth === 'account') return recordings.answer(one, host, 'v2 account/conceal');
  if (parts[1] === 'generate')
    return recordings.answer(one, host, 'v2 generate/generate', 'v2 conceal/conceal');
  return recordings.answer(one, host, ...names.map((name) => `v2 ${name}`));
}

function peek(state: State, { parts, host }: Request): Reply {
  const { recordings, kept } = state;
  const [, id = '', verb] = parts;
  const one = kept.find(({ secretId, state: stands }) => secretId === id && stands === 'live');
  if (verb === 'status' && recordings.version === '0.18.3')
    return recordings.answer({}, host, 'v2 refusals/unknown route');
  if (one === undefined) {
    const name = verb === 'status' ? 'v2 refusals/unknown status' : 'v2 refusals/unknown';
    return recordings.answer({ secretId: id }, host, name);
  }
  const step = verb ?? 'peek';
  const names = one.passphrase === undefined ? [] : [`v2 passphrase/${step}`];
  const answer = recordings.answer(one, host, ...names, `v2 conceal/${step}`) as { json: unknown };
  // 0.23 has no recorded status of a protected secret; its peek of one differs in this member only.
  (answer.json as { record: { has_passphrase: boolean } }).record.has_passphrase =
    one.passphrase !== undefined;
  return answer as Reply;
}

function reveal(state: State, { parts, params, auth, host }: Request): Reply {
  const { recordings, kept } = state;
  const [, id = '', verb] = parts;
  if (verb !== (recordings.version === '0.18.3' ? undefined : 'reveal')) {
    return recordings.answer({}, host, 'v2 refusals/unknown route');
  }
  if (auth === 'wrong' && refusesWrongAccount(state))
    return recordings.answer({}, host, 'v2 refusals/wrong account');
  const one = kept.find(({ secretId, state: stands }) => secretId === id && stands === 'live');
  if (one === undefined) return recordings.answer({ secretId: id }, host, 'v2 refusals/unknown');
  const verdict = state.check(one, params.passphrase, false);
  if (verdict === 'locked') return locked(state, one, host, 'wrong');
  if (verdict === 'wrong') return recordings.answer(one, host, 'v2 passphrase/wrong');
  if (params.continue !== true && params.continue !== 'true') {
    return recordings.answer(one, host, 'v2 conceal/reveal without continue');
  }
  one.state = 'revealed';
  return recordings.answer(one, host, 'v2 conceal/reveal with continue as a JSON true', 'v2 conceal/reveal');
}

function locked({ recordings }: State, one: Kept, host: string, step: string): Reply {
  if (!recordings.isNew) return recordings.answer(one, host, `v2 while locked out by v1/${step}`);
  if (recordings.version === '0.25.11') return recordings.answer(one, host, 'v2 lock-out/right while locked');
  const error = 'Too many incorrect passphrase attempts. Please try again later.';
  const json = { error, error_type: 'LimitExceeded', retry_after: 1790, max_attempts: 5, request_id: '0' };
  return { status: 429, json, headers: { 'retry-after': '1790' } };
}

function burn(state: State, one: Kept, { params, host }: Request): Reply {
  const { recordings } = state;
  const goesOn = params.continue === 'true' || (recordings.version !== '0.18.3' && params.continue === true);
  if (!goesOn) return recordings.answer(one, host, 'v2 burn/burn without continue');
  if (one.state !== 'live') return recordings.answer(one, host, 'v2 burn/burn again');
  const verdict = state.check(one, params.passphrase, false);
  if (verdict === 'locked') return locked(state, one, host, 'burn wrong');
  if (verdict === 'wrong') return recordings.answer(one, host, 'v2 passphrase/burn wrong');
  one.state = 'burned';
  return recordings.answer(one, host, 'v2 burn/burn');
}

function receipt({ recordings }: State, one: Kept, host: string): Reply {
  if (one.state === 'burned') return recordings.answer(one, host, 'v2 burn/receipt');
  if (one.state === 'revealed') return recordings.answer(one, host, 'v2 conceal/receipt after');
  const names = ['v2 conceal/receipt, first look', 'v2 conceal/receipt'];
  if (one.passphrase === undefined) return recordings.answer(one, host, ...names);
  return recordings.answer(one, host, 'v2 passphrase/receipt', ...names);
}

function recent({ recordings }: State, { auth, host }: Request): Reply {
  if (auth !== 'account') return recordings.answer({}, host, 'v2 refusals/recent none');
  if (recordings.version === '0.26.6') return { json: { success: true, records: [] } };
  return recordings.answer({}, host, 'v2 recent/recent', 'v2 account/recent');
}

/** The answer to a request below `/api/v2`, or `/api/v3` without its `guest`. */
export function routeV2(state: State, request: Request, isV3: boolean): Reply {
  const { recordings, kept } = state;
  const { method, parts, auth, host } = request;
  const [room, id = '', verb] = parts;
  if (room === 'status') return recordings.answer({}, host, isV3 ? 'status/v3' : 'status/v2');
  if (room === 'version') return recordings.answer({}, host, 'status/v2 version', 'v2 refusals/recent none');
  if (room === 'secret' && (id === 'conceal' || id === 'generate')) return create(state, request, isV3);
  if (room === 'secret') return method === 'GET' ? peek(state, request) : reveal(state, request);
  // The other name is an alias on some versions; the client must not need it.
  if (room !== (recordings.isNew ? 'receipt' : 'private'))
    return recordings.answer({}, host, 'v2 refusals/unknown route');
  if (id === 'recent') return recent(state, request);
  if (auth === 'wrong' && refusesWrongAccount(state))
    return recordings.answer({}, host, 'v2 refusals/wrong account');
  const one = kept.find(({ receiptId }) => receiptId === id);
  if (one === undefined) return recordings.answer({ receiptId: id }, host, 'v2 refusals/unknown receipt');
  return verb === 'burn' ? burn(state, one, request) : receipt(state, one, host);
}
