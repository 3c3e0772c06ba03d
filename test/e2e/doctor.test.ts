/** `ots doctor`: every check has a line, what fails decides the exit code, and it ends in any case. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unprivileged } from '../support/faults.ts';
import { person, withServer } from '../support/program.ts';
import { serve } from '../support/remote-serve.ts';

type Row = { check: string; result: string; detail: string };
const find = (rows: Row[], check: string): Row | undefined => rows.find((row) => row.check === check);

test('all is well: exit 0, one row a check, nothing is made on the disk and nothing spent', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const run = await who.ots(['doctor', '--json']);
    expect(run, run.text).toMatchObject({ code: 0, stderr: '' });
    const names =
      'config profile account server protocol clock proxy tls clipboard keyring node permissions receipts recovered';
    expect(run.rows.map(({ check }: Row) => check).sort()).toEqual(names.split(' ').sort());
    for (const row of run.rows)
      expect(row).toEqual({
        check: row.check,
        result: expect.stringMatching(/^(ok|warning)$/),
        detail: expect.any(String),
      });
    expect(find(run.rows, 'server')?.detail).toContain(server.url);
    expect(existsSync(join(who.home, 'config'))).toBe(false);
    expect(server.asked.every(({ method }) => method === 'GET')).toBe(true);
    const table = await who.ots(['doctor']);
    expect(table.text.split('\n')).toHaveLength(names.split(' ').length + 1);
    expect(table.text).toMatch(/^config\tok\t/);
  }));

test('a server that is down, or no Onetime Secret server: 6', async () => {
  const down = await person('http://127.0.0.1:1').ots(['doctor', '--json']);
  expect(down).toMatchObject({ code: 6 });
  expect(find(down.rows, 'server')).toMatchObject({ result: 'failed' });
  const page = await serve(() => ({ status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }));
  const other = await person(page.url).ots(['doctor', '--json']);
  await page.close();
  expect(other).toMatchObject({ code: 6 });
  expect(find(other.rows, 'server')?.detail).toContain('no Onetime Secret server');
});

test('a server that never answers ends with the timeout', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const run = await person(`http://127.0.0.1:${port}`).ots(['doctor', '--timeout', '1']);
  silent.close();
  expect(run).toMatchObject({ code: 6, text: expect.stringMatching(/^server\tfailed\t/m) });
});

test('a clock that is wrong is a warning', async () => {
  const date = new Date(Date.now() - 3_600_000).toUTCString();
  const server = await serve(() => ({
    status: 200,
    headers: { 'content-type': 'application/json', date },
    body: '{"success":true,"status":"nominal"}',
  }));
  const run = await person(server.url).ots(['doctor', '--json']);
  await server.close();
  expect(run).toMatchObject({ code: 0 });
  expect(find(run.rows, 'clock')).toMatchObject({
    result: 'warning',
    detail: expect.stringMatching(/^3[56]\d\d s ahead/),
  });
});

test('a broken config file: 2, and the rest is still looked at', async () => {
  const who = person();
  mkdirSync(join(who.home, 'config', 'ots'), { recursive: true });
  writeFileSync(join(who.home, 'config', 'ots', 'config.toml'), 'what is this\n');
  const run = await who.ots(['doctor', '--json']);
  expect(run).toMatchObject({ code: 2 });
  expect(find(run.rows, 'config')).toMatchObject({
    result: 'failed',
    detail: expect.stringContaining(':1: '),
  });
  expect(find(run.rows, 'receipts')).toMatchObject({ result: 'ok' });
});

test('folders that others can read are a warning, a token that they can read is a failure', () =>
  withServer(async ({ url }) => {
    const who = person(url);
    await who.share('x');
    chmodSync(who.state, 0o755);
    const open = await who.ots(['doctor', '--json']);
    expect(open).toMatchObject({ code: 0 });
    expect(find(open.rows, 'permissions')?.detail).toContain(`chmod 700 ${who.state}`);
    const folder = join(who.home, 'config', 'ots');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'credentials.json'), '{"tokens":[]}', { mode: 0o644 });
    expect(await who.ots(['doctor'])).toMatchObject({ code: 2 });
  }));

test('folders that cannot be written: a warning that says what will be missing', () =>
  withServer(async ({ url }) => {
    const who = person(url);
    chmodSync(who.home, 0o555);
    const run = await unprivileged(who, 'ots doctor --json');
    chmodSync(who.home, 0o755);
    const rows = run.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row);
    expect(find(rows, 'permissions')).toMatchObject({
      result: 'warning',
      detail: expect.stringContaining('cannot be written'),
    });
  }));
