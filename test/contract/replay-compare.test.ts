import { describe, expect, test } from 'vitest';
import {
  type Answer,
  differences,
  fillIn,
  type RecordedResponse,
  valueAt,
} from '../support/replay-compare.ts';

const ID = 'abcdefghij0123456789abcdefghij';
const OTHER = 'zyxwvutsrq9876543210zyxwvutsrq';

const recorded: RecordedResponse = {
  status: 200,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: {
    key: '{{secret}}',
    short: '{{secret:8}}',
    url: 'http://{{host}}/receipt/{{secret}}',
    literal: `secret/${OTHER}`,
    ttl: 3600,
    expires: 1_795_382_875,
    ready: false,
    gone: null,
    list: [],
    inner: { word: 'hello' },
    created: 5,
    owner: null,
  },
};
const alike = {
  key: ID,
  short: ID.slice(0, 8),
  url: `http://127.0.0.1:80/receipt/${ID}`,
  literal: `secret/${ID}`,
  ttl: 3598,
  expires: 1_800_000_000.5,
  ready: false,
  gone: null,
  list: [],
  inner: { word: 'hello' },
  created: 'anything',
  owner: null,
};
const context = { names: { secret: ID, host: '127.0.0.1:80' }, volatile: ['created', 'owner'] };

function answer(body: unknown, changes: Partial<Answer> = {}): Answer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status: 200, headers: { 'content-type': 'application/json' }, text, ...changes };
}

const json = { 'content-type': 'application/json' };

describe('replay comparison', () => {
  test('finds nothing between answers that are alike', () => {
    expect(differences(recorded, answer(alike), context)).toEqual([]);
  });

  test.each<[string, Answer]>([
    ['status', answer(alike, { status: 201 })],
    ['media type', answer(alike, { headers: { 'content-type': 'text/html' } })],
    ['media type', answer(alike, { headers: {} })],
    ['x-ots-intended-status', answer(alike, { headers: { ...json, 'x-ots-intended-status': '400' } })],
    ['retry-after present', answer(alike, { headers: { ...json, 'retry-after': '1' } })],
    ['JSON body present', answer('')],
    ['body.ttl: missing', answer({ ...alike, ttl: undefined })],
    ['body.more: not in the recording', answer({ ...alike, more: 1 })],
    ['body.inner.word: missing', answer({ ...alike, inner: {} })],
    ['body.list.0: not in the recording', answer({ ...alike, list: [1] })],
    ['body.ttl: expected number, got string', answer({ ...alike, ttl: '3600' })],
    ['body.list: expected array, got object', answer({ ...alike, list: {} })],
    ['body.gone: expected null, got boolean', answer({ ...alike, gone: false })],
    ['body.ready', answer({ ...alike, ready: true })],
    ['body.inner.word', answer({ ...alike, inner: { word: 'hallo' } })],
    ['body.key', answer({ ...alike, key: OTHER })],
    ['body.short', answer({ ...alike, short: OTHER.slice(0, 8) })],
    ['body.url', answer({ ...alike, url: `http://127.0.0.1:80/receipt/` })],
    ['body.literal', answer({ ...alike, literal: 'secret/short' })],
    ['body.ttl', answer({ ...alike, ttl: 3611 })],
    ['body.expires', answer({ ...alike, expires: 3600 })],
    ['body.created: null', answer({ ...alike, created: null })],
    ['body.owner: null', answer({ ...alike, owner: 'x' })],
  ])('finds a difference in %s', (where, actual) => {
    const found = differences(recorded, actual, context);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(where);
  });

  test('finds a body where none was recorded', () => {
    const empty: RecordedResponse = { status: 400, headers: {}, text: '' };
    expect(differences(empty, answer('', { status: 400, headers: {} }), context)).toEqual([]);
    expect(differences(empty, answer({}, { status: 400, headers: {} }), context)).toHaveLength(1);
  });

  test('fills in saved values and follows dotted paths', () => {
    const names = { a: ID };
    expect(fillIn({ x: ['{{a}}', '/{{a:3}}/{{b}}', 1, null] }, names)).toEqual({
      x: [ID, '/abc/{{b}}', 1, null],
    });
    expect(valueAt({ a: { b: 'c' } }, 'a.b')).toBe('c');
    expect(valueAt({ a: null }, 'a.b.c')).toBeUndefined();
  });
});
