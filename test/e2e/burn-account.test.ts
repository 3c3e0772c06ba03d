/** `ots burn` with an account: what it shared elsewhere is burned by the receipt in its list, not spent. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Person, partsOf, person } from '../support/program.ts';
import { type Served, serveProcess } from '../support/serve.ts';

const OWNER = { OTS_USERNAME: 'ann@example.com', OTS_TOKEN: 'a-token-of-some-length' };
let server: Served;

beforeAll(async () => {
  server = await serveProcess(['--account', OWNER.OTS_USERNAME, '--rate', '0'], {
    OTS_SERVE_TOKEN: OWNER.OTS_TOKEN,
  });
});
afterAll(() => server.kill());

async function sharedElsewhere(args: string[] = [], env: Record<string, string> = {}): Promise<string> {
  return person(server.url).share('x', args, { env: { ...OWNER, ...env } });
}

async function burned(who: Person, args: string[], stdin = '') {
  return who.ots(['burn', '--yes', '--json', ...args], { env: OWNER, stdin });
}

test('a link that this machine does not know burns by the account, and a stranger’s is spent', async () => {
  const own = await sharedElsewhere();
  const gated = await sharedElsewhere(['--gate']);
  const other = await person(server.url).share('y');
  const run = await burned(person(server.url), ['-'], `${own} ${gated} ${other}`);
  expect(run).toMatchObject({ code: 0, stderr: '2 burned, 1 spent\n' });
  expect(run.rows.map(({ result, how }) => [result, how])).toEqual([
    ['burned', 'account'],
    ['burned', 'account'],
    ['spent', 'spend'],
  ]);
  expect(run.rows[0].receipt_id).toMatch(/^[0-9a-z]{62}$/);
});

test('what the account’s list tells as revealed is gone, found by the beginning of its identifier', async () => {
  const link = await sharedElsewhere();
  await person(server.url).ots(['reveal', link]);
  expect((await burned(person(server.url), [link])).rows).toMatchObject([{ result: 'gone', how: 'account' }]);
});

test('--dry-run asks for the list alone, and nothing is burned', async () => {
  const link = await sharedElsewhere();
  const dry = await person(server.url).ots(['burn', '--dry-run', link], { env: OWNER });
  expect(dry.text).toBe(`would be burned\taccount\t${partsOf(link).path}\n`);
  expect((await person(server.url).ots(['reveal', link])).text).toBe('x');
});

test('--no-spend burns by the account and leaves the rest', async () => {
  const own = await sharedElsewhere();
  const other = await person(server.url).share('y');
  const run = await burned(person(server.url), ['--no-spend', own, other]);
  expect(run.code).toBe(10);
  expect(run.rows.map(({ result }) => result)).toEqual(['burned', 'refused']);
  expect((await person(server.url).ots(['reveal', other])).text).toBe('y');
});

test('credentials that are wrong are said, and the view is spent all the same', async () => {
  const link = await sharedElsewhere();
  const run = await person(server.url).ots(['burn', link], { env: { ...OWNER, OTS_TOKEN: 'wrong' } });
  expect(run.stderr).toContain('could not be listed');
});

test('receipts --remote lists what the account shared, and needs one', async () => {
  const link = await sharedElsewhere();
  const who = person(server.url);
  const listed = await who.ots(['receipts', '--remote', '--json'], { env: OWNER });
  expect(listed.code).toBe(0);
  expect(listed.rows).toContainEqual(expect.objectContaining({ secret_id: partsOf(link).id, state: 'new' }));
  const without = await who.ots(['receipts', '--remote']);
  expect(without).toMatchObject({ code: 5, text: '' });
  expect(without.stderr).toContain('OTS_USERNAME');
});
