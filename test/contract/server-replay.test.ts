/** The recorded exchanges with Onetime Secret v0.26.6, replayed against the embedded server over a real socket. */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../../src/server/listen.ts';
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

let server: RunningServer;

beforeAll(async () => {
  server = await startServer({ port: 0, now: Date.now });
});

afterAll(() => server.close());

async function send(request: RecordedRequest): Promise<Answer> {
  const headers = new Headers(request.headers);
  if (request.auth === 'wrong') {
    headers.set('authorization', `Basic ${Buffer.from('nobody@example.com:wrong').toString('base64')}`);
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
  test.each(recordings.scenarios.filter((scenario) => scenario.needs_account !== true))(
    '$name',
    async ({ steps }) => {
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
    },
  );

  test('its refusals of missing accounts, from the scenario that needs one', async () => {
    const account = recordings.scenarios.find((scenario) => scenario.needs_account === true);
    const without = (account?.steps ?? []).filter((step) => step.request.auth !== 'account');
    expect(without.length).toBeGreaterThan(0);
    for (const step of without) {
      const answer = await send(step.request);
      const context = { names: {}, volatile: recordings.volatile };
      expect(differences(step.response, answer, context), step.name).toEqual([]);
    }
  });
});
