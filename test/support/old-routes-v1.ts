/**
 * v1 of the recorded versions: which recorded answer fits a request.
 */

import type { Kept, Request, State } from './old-server.ts';
import type { Reply } from './remote-serve.ts';

function secret({ recordings, kept, check }: State, { parts, params, host }: Request): Reply {
  const [, id = ''] = parts;
  const one = kept.find(({ secretId }) => secretId === id);
  if (one?.state !== 'live') return recordings.answer({ secretId: id }, host, 'v1 refusals/unknown key');
  const verdict = check(one, params.passphrase, true);
  if (verdict === 'locked') return recordings.answer(one, host, 'v1 lock-out/wrong 5');
  if (verdict === 'wrong') return recordings.answer(one, host, 'v1 passphrase/wrong');
  one.state = 'revealed';
  return recordings.answer(one, host, 'v1 share/reveal');
}

function receipt({ recordings }: State, one: Kept, host: string): Reply {
  if (one.state === 'burned') return recordings.answer(one, host, 'v1 burn/receipt');
  if (one.state === 'revealed') return recordings.answer(one, host, 'v1 share/receipt after');
  const names = ['v1 share/receipt, first look', 'v1 share/receipt'];
  if (one.passphrase === undefined) return recordings.answer(one, host, ...names);
  return recordings.answer(one, host, 'v1 passphrase/receipt', ...names);
}

function burn({ recordings, check }: State, one: Kept, { params, host }: Request): Reply {
  if (one.state !== 'live') return recordings.answer(one, host, 'v1 burn/burn again');
  if (check(one, params.passphrase, true) !== 'right') {
    if (recordings.version !== '0.26.6') return recordings.answer(one, host, 'v1 burn with passphrase/wrong');
    const headers = { 'x-ots-intended-status': '400' };
    return { status: 404, json: { message: 'Double check that passphrase' }, headers };
  }
  one.state = 'burned';
  return recordings.answer(one, host, 'v1 burn/burn');
}

function share(state: State, { params, auth, host }: Request): Reply {
  const { recordings, kept } = state;
  if (params.recipient !== undefined && auth === 'none') {
    return recordings.answer({}, host, 'v1 refusals/recipient without account');
  }
  const one = state.make(params);
  kept.push(one);
  if (auth === 'account') return recordings.answer(one, host, 'v1 account/share');
  return recordings.answer(
    one,
    host,
    one.passphrase === undefined ? 'v1 share/share' : 'v1 passphrase/share',
  );
}

/** The answer to a request below `/api/v1`. */
export function routeV1(state: State, request: Request): Reply {
  const { recordings, kept } = state;
  const { parts, auth, host } = request;
  const [room, id = '', verb] = parts;
  if (room === 'status') return recordings.answer({}, host, 'status/v1');
  if (room === 'authcheck') {
    return recordings.answer(
      {},
      host,
      auth === 'account' ? 'v1 account/authcheck' : 'v1 account/authcheck wrong',
    );
  }
  if (auth === 'wrong') return recordings.answer({}, host, 'v1 refusals/wrong account');
  if (room === 'share') return share(state, request);
  if (room === 'generate') {
    const one = state.make(request.params);
    return recordings.answer({ ...one, text: 'made-there' }, host, 'v1 generate/generate');
  }
  if (room === 'secret') return secret(state, request);
  if (room !== 'private') return recordings.answer({}, host, 'v1 refusals/unknown route');
  if (id === 'recent') {
    const name = auth === 'account' ? 'v1 account/recent, one' : 'v1 account/recent none';
    return recordings.answer(kept.at(-1) ?? {}, host, name);
  }
  const one = kept.find(({ receiptId }) => receiptId === id);
  if (one === undefined) {
    return recordings.answer(
      { receiptId: id },
      host,
      'v1 refusals/unknown receipt',
      'v1 refusals/unknown key',
    );
  }
  return verb === 'burn' ? burn(state, one, request) : receipt(state, one, host);
}
