/**
 * Finding out what a server speaks, and remembering it for a day.
 */

import { afterEach, describe, expect, it } from 'vitest';
import type { ServerFacts } from '../../src/remote/types.ts';
import {
  closeAll,
  failureOf,
  knowing,
  openAt,
  rig,
  SECRET_ID,
  type Settings,
  tracked,
} from '../support/remote-open.ts';
import { type Asked, type Reply, serve } from '../support/remote-serve.ts';

afterEach(closeAll);

const PAGE: Reply = { body: '<!doctype html><html></html>' };
const LOST: Reply = { status: 404, body: 'Not Found', headers: { 'content-type': 'text/plain' } };
const NOMINAL: Reply = { json: { status: 'nominal', locale: 'en' } };
const CURRENT: Reply = { json: { success: true, status: 'nominal', locale: 'en' } };
const version = (...parts: string[]): Reply => ({ json: { version: parts, locale: 'en' } });

function routes(v2: Reply, v1: Reply = LOST, told: Reply = LOST): (asked: Asked) => Reply {
  return ({ path }) => {
    if (path === '/api/v2/status') return v2;
    if (path === '/api/v1/status') return v1;
    return path === '/api/v2/version' ? told : LOST;
  };
}

async function probe(answer: (asked: Asked) => Reply, settings: Settings = {}) {
  const server = tracked(await serve(answer));
  const facts = new Map<string, ServerFacts>();
  const memory = {
    get: (url: string) => facts.get(url),
    set: (url: string, told: ServerFacts) => facts.set(url, told),
  };
  const opening = openAt(server.url, { memory, now: () => 1e12, ...settings });
  return { server, facts, opening };
}

describe('a server', () => {
  it.each([
    { is: '0.24 and later', answer: routes(CURRENT), api: 'v3', asks: 1 },
    { is: '0.23.6', answer: routes(NOMINAL, NOMINAL, version('0', '23', '6')), api: 'v2', asks: 2 },
    { is: 'old, of no told version', answer: routes(NOMINAL, NOMINAL), api: 'v2', asks: 2 },
    {
      is: '0.17 with the beginnings of v2',
      answer: routes(NOMINAL, NOMINAL, version('0', '17', '2')),
      api: 'v1',
      asks: 2,
    },
    { is: '0.15, unknown routes in plain text', answer: routes(LOST, NOMINAL), api: 'v1', asks: 2 },
    { is: 'one whose page answers unknown routes', answer: routes(PAGE, NOMINAL), api: 'v1', asks: 2 },
  ])('$is is spoken to in $api', async ({ answer, api, asks }) => {
    const { server, opening, facts } = await probe(answer);
    expect((await opening).dialect).toBe(api);
    expect(server.asked).toHaveLength(asks);
    expect(facts.get(server.url)?.probedAtMs).toBe(1e12);
  });

  it.each([
    { is: 'a web site', answer: () => PAGE },
    { is: 'nothing but 404', answer: () => LOST },
    { is: 'another JSON API', answer: () => ({ json: { status: 'ok' } }) },
    { is: 'an API of arrays', answer: () => ({ json: [] }) },
    { is: 'empty', answer: () => ({ body: '' }) },
    {
      is: 'broken JSON',
      answer: () => ({ body: '{"status":"nominal"', headers: { 'content-type': 'application/json' } }),
    },
    { is: 'failing', answer: () => ({ status: 500, body: 'x' }) },
    { is: 'failing in v1', answer: routes(LOST, { status: 500, body: 'x' }) },
    { is: 'hanging', answer: () => 'hang' as const, timeoutMs: 200 },
    { is: 'closing', answer: () => 'close' as const },
    { is: 'a page that says nominal', answer: () => ({ body: '{"success":true,"status":"nominal"}' }) },
    {
      is: 'redirecting',
      answer: () => ({ status: 301, body: '', headers: { location: 'https://x.example/' } }),
    },
  ])('that is $is is a network error and not remembered', async ({ answer, timeoutMs = 5000 }) => {
    const { opening, facts } = await probe(answer, { timeoutMs });
    expect((await failureOf(opening)).code).toBe('network');
    expect(facts.size).toBe(0);
  });

  it('says how much it takes, and how long a claim lasts', async () => {
    const headers = { 'O-Max-Size': '5000000', 'O-Claim': '120' };
    const { opening } = await probe(routes({ json: { success: true, status: 'nominal' }, headers }));
    expect(await opening).toMatchObject({ maxTextBytes: 5_000_000, claimSeconds: 120 });
  });

  it.each(['0', '-5', '1e9', 'much', ''])('that announces %j announces nothing', async (value) => {
    const headers = { 'o-max-size': value, 'o-claim': value };
    const { opening } = await probe(routes({ json: { success: true, status: 'nominal' }, headers }));
    expect(await opening).toMatchObject({ maxTextBytes: 10_000, claimSeconds: undefined });
  });

  it('is never sent credentials by the probe', async () => {
    const { opening, server } = await probe(routes(CURRENT), {
      credentials: { username: 'a@b', token: 't' },
    });
    expect((await opening).dialect).toBe('v2');
    expect(server.asked[0]?.headers.authorization).toBeUndefined();
  });
});

describe('memory', () => {
  it('spares the probe for a day', async () => {
    const server = tracked(await serve(routes(CURRENT)));
    const memory = knowing({ generation: 'old', version: '0.23.6', probedAtMs: 1000 });
    expect((await openAt(server.url, { memory, now: () => 1000 + 86_399_999 })).dialect).toBe('v2');
    expect(server.asked).toHaveLength(0);
    expect((await openAt(server.url, { memory, now: () => 1000 + 86_400_000 })).dialect).toBe('v3');
    expect(server.asked).toHaveLength(1);
  });

  it.each([
    { generation: 'newest' },
    { probedAtMs: 'yesterday' },
    { probedAtMs: 2e12 },
    { probedAtMs: Number.NaN },
  ])('is not believed when it is nonsense: %j', async (facts) => {
    const server = tracked(await serve(routes(CURRENT)));
    const memory = knowing(facts as Partial<ServerFacts>);
    expect((await openAt(server.url, { memory, now: () => 1e12 })).dialect).toBe('v3');
    expect(server.asked).toHaveLength(1);
  });

  it.each([
    { path: 'v3', status: 404, json: { error: 'Not Found', error_type: 'NotFound' } },
    { path: 'v2', status: 404, json: { message: 'Not Found' } },
  ])('is given up when $path has no such route any more', async ({ path, status, json }) => {
    const generation = path === 'v3' ? 'current' : 'old';
    const of = await rig(() => ({ status, json }), { generation });
    const error = await failureOf(of.remote.conceal({ text: 'x', ttlSeconds: 60 }));
    expect(error).toMatchObject({ code: 'network', ambiguous: false });
    expect(error.hint).toContain('--api');
    expect([...of.memory.facts.values()]).toMatchObject([{ probedAtMs: 0 }]);
    expect(of.count('POST', '/conceal')).toBe(1);
  });

  it('is kept when only the secret is not there', async () => {
    const of = await rig(() => ({ status: 404, json: { error_type: 'RecordNotFound' } }));
    expect((await failureOf(of.remote.reveal(SECRET_ID))).code).toBe('not_found');
    expect(of.memory.facts.size).toBe(0);
  });
});

describe('a forced dialect', () => {
  it.each(['v1', 'v3'] as const)('%s is not probed, but uses what is remembered', async (api) => {
    const server = tracked(await serve(() => LOST));
    expect((await openAt(server.url, { api })).dialect).toBe(api);
    const remote = await openAt(server.url, { api, memory: knowing({ maxTextBytes: 777 }), now: () => 1 });
    expect(remote.maxTextBytes).toBe(777);
    expect(server.asked).toHaveLength(0);
  });

  it('v2 is probed, for it has two shapes', async () => {
    const { opening, server } = await probe(routes(CURRENT), { api: 'v2' });
    expect((await opening).dialect).toBe('v2');
    expect(server.asked).toHaveLength(1);
  });

  it('v2 is refused by a server that has none', async () => {
    const { opening } = await probe(routes(LOST, NOMINAL), { api: 'v2' });
    const error = await failureOf(opening);
    expect(error).toMatchObject({ code: 'network' });
    expect(error.hint).toContain('v1');
  });
});
