/** The recorded exchanges with Onetime Secret v0.26.6, replayed against the embedded server over a real socket. */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { settleToken } from '../../src/server/accounts.ts';
import { type RunningServer, startServer } from '../../src/server/listen.ts';
import { createPassphraseHasher } from '../../src/server/passphrase.ts';
import { MemoryStore } from '../../src/server/stores/memory.ts';
import {
  type Answer,
  differences,
  fillIn,
  type Names,
  parsedBody,
  type RecordedRequest,
  type Recordings,
  valueAt,
} from '../support/replay-compare.ts';

const recordings = JSON.parse(
  readFileSync(new URL('recordings-v0.26.6.json', import.meta.url), 'utf8'),
) as Recordings;

const ACCOUNT = 'tester@example.com';
const TOKEN = 'the-token-of-tester';

let server: RunningServer;

beforeAll(async () => {
  const store = new MemoryStore(Date.now);
  const hasher = createPassphraseHasher(2);
  await settleToken({ store, hasher }, ACCOUNT, TOKEN);
  server = await startServer({ port: 0, now: Date.now, store, account: ACCOUNT });
});

afterAll(() => server.close());

async function send(request: RecordedRequest): Promise<Answer> {
  const headers = new Headers(request.headers);
  if (request.auth === 'wrong') {
    headers.set('authorization', `Basic ${Buffer.from('nobody@example.com:wrong').toString('base64')}`);
  }
  if (request.auth === 'account') {
    headers.set('authorization', `Basic ${Buffer.from(`${ACCOUNT}:${TOKEN}`).toString('base64')}`);
  }
  let body: string | undefined = request.raw;
  if (request.form !== undefined) {
    headers.set('content-type', 'application/x-www-form-urlencoded');
    body = new URLSearchParams(request.form).toString();
  } else if (request.json !== undefined) {
    headers.set('content-type', 'application/json');
    body = JSON.stringify(request.json);
  }
  const response = await fetch(server.url + request.path, {
    method: request.method,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    text: await response.text(),
  };
}

describe(`as ${recordings.server}`, () => {
  test.each(recordings.scenarios)('$name', async ({ steps }) => {
    const names: Names = { host: new URL(server.url).host };
    for (const step of steps) {
      const answer = await send(fillIn(step.request, names));
      for (const [name, path] of Object.entries(step.save ?? {})) {
        names[name] = String(valueAt(parsedBody(answer), path));
      }
      const volatile = [...recordings.volatile, ...(step.volatile ?? [])];
      expect(differences(step.response, answer, { names, volatile }), step.name).toEqual([]);
      expect(answer.headers, step.name).not.toHaveProperty('set-cookie');
    }
  });
});
