/**
 * Credentials and where they go, addresses, and how servers are quoted.
 */

import { afterEach, describe, expect, it } from 'vitest';
import { openRemote } from '../../src/remote/open.ts';
import { ACCOUNT } from '../support/remote-answers.ts';
import { closeAll, failureOf, openAt, rig, SECRET_ID } from '../support/remote-open.ts';
import type { Reply } from '../support/remote-serve.ts';

afterEach(closeAll);

const OPTIONS = { passphrase: 'a-passphrase' };

describe('credentials', () => {
  it('are sent over TLS or to this machine only', async () => {
    const settings = { api: 'auto', timeoutMs: 1000, now: () => 0, credentials: ACCOUNT } as const;
    for (const baseUrl of ['http://ots.example', 'http://192.168.1.1', 'http://localhost.example']) {
      expect(await failureOf(openRemote({ ...settings, baseUrl }))).toMatchObject({ code: 'usage' });
    }
  });

  it.each([
    'ftp://x.example',
    'nonsense',
    'https://u:p@x.example',
    'https://x.example/?a=b',
    'https://x.example/#a',
  ])('and addresses are checked: %s', async (baseUrl) => {
    const error = await failureOf(openAt(baseUrl));
    expect(error.code).toBe('usage');
    expect(error.message).not.toContain('u:p');
  });

  it('cannot be used with v3', async () => {
    const error = await failureOf(openAt('https://x.example', { api: 'v3', credentials: ACCOUNT }));
    expect(error.code).toBe('usage');
  });

  it('are verified by a list where there is no authcheck (0.15, 0.24.0)', async () => {
    const missing: Reply = { status: 404, body: 'Not Found', headers: { 'content-type': 'text/plain' } };
    const ancient = await rig(
      ({ path }) => (path.endsWith('authcheck') ? missing : { json: [] }),
      { generation: 'v1only' },
      { credentials: ACCOUNT },
    );
    expect(await ancient.remote.whoAmI()).toEqual({ username: ACCOUNT.username });
    const wrong: Reply = { status: 404, json: { message: 'Not authorized' } };
    const refusing = await rig(
      ({ path }) => (path.endsWith('authcheck') ? missing : wrong),
      { generation: 'v1only' },
      { credentials: ACCOUNT },
    );
    expect((await failureOf(refusing.remote.whoAmI())).code).toBe('unauthorized');
    const broken = await rig(
      ({ path }) =>
        path.startsWith('/api/v1')
          ? { status: 404, json: { error: 'Not Found' } }
          : { json: { records: [] } },
      {},
      { credentials: ACCOUNT },
    );
    expect(await broken.remote.whoAmI()).toEqual({ username: ACCOUNT.username });
  });
});

it('quotes a server in one clean line without identifiers and without what was sent', async () => {
  const message = `No\u001b[31m \u202e${SECRET_ID} a-passphrase\nthe text! ${'long '.repeat(100)}`;
  const of = await rig(() => ({ status: 422, json: { error: message, field: 'secret' } }));
  const error = await failureOf(of.remote.conceal({ text: 'the text', ttlSeconds: 60, ...OPTIONS }));
  expect(error.code).toBe('refused');
  expect(error.message).toContain('the server says: No [31m … … …!');
  expect(error.message).not.toMatch(/\p{C}|ssss|a-passphrase|the text/u);
  expect(error.message.length).toBeLessThan(350);
});
