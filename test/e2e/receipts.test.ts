/** `ots receipts`: refreshed from the servers, and forgotten where asked. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Person, partsOf, person, withServer } from '../support/program.ts';
import { onTerminal } from '../support/pty.ts';

async function states(who: Person, args: string[] = []): Promise<string[]> {
  return (await who.ots(['receipts', '--json', ...args])).rows.map(({ state }) => state as string);
}

test('--refresh asks the servers and keeps what they say', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const links = [await who.share('1'), await who.share('2'), await who.share('3')];
    await person(server.url).ots(['reveal', links[1] ?? '']);
    expect(await states(who)).toEqual(['new', 'new', 'new']);
    expect(await states(who, ['--refresh'])).toEqual(['new', 'revealed', 'new']);
    expect(await states(who)).toEqual(['new', 'revealed', 'new']);
  }));

test('--refresh says what it could not ask, and lists all the same', async () => {
  const who = person();
  await withServer((server) => who.share('x', ['--server', server.url]));
  const run = await who.ots(['receipts', '--refresh']);
  expect(run.code).toBe(10);
  expect(run.text).toContain('\tnew\t');
  expect(run.stderr).toMatch(/not refreshed: could not connect/);
});

test('forget removes what was named, what is gone, or a label: from the file as well', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const [one, two] = [await who.share('1', ['--gate']), await who.share('2')];
    await who.share('3', ['--label', 'old']);
    await who.ots(['reveal', two]);
    const file = (): string => readFileSync(join(who.state, 'receipts.jsonl'), 'utf8');
    expect((await who.ots(['receipts', 'forget', '--gone'])).stderr).toBe('1 forgotten\n');
    expect(file()).not.toContain(partsOf(two).id);
    expect((await who.ots(['receipts', 'forget', '--label', 'old'])).code).toBe(0);
    expect(await states(who)).toEqual(['new']);
    const unknown = await who.ots(['receipts', 'forget', one, 'f6'.repeat(31)]);
    expect(unknown).toMatchObject({ code: 3 });
    expect(await states(who)).toEqual(['new']);
    const forgotten = await who.ots(['receipts', 'forget', one]);
    expect(forgotten.stderr).toBe('1 forgotten; 1 of them may still be unread\n');
    expect(file()).toBe('');
  }));

test('forget --all asks on a terminal, and needs --yes elsewhere', () =>
  withServer(async (server) => {
    const who = person(server.url);
    await who.share('1');
    const refused = await who.ots(['receipts', 'forget', '--all']);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('--yes');
    const terminal = onTerminal(who, 'ots receipts forget --all');
    await terminal.waitFor('Forget all receipts? 1 may be unread');
    terminal.type('n\r');
    expect(await terminal.ended).toBe(130);
    expect(await states(who)).toEqual(['new']);
    expect((await who.ots(['receipts', 'forget', '--all', '--yes'])).code).toBe(0);
    expect(await states(who)).toEqual([]);
  }));

test('what waits in recovered/ is listed with its age', async () => {
  const who = person();
  mkdirSync(join(who.state, 'recovered'), { recursive: true });
  writeFileSync(join(who.state, 'recovered', '2026-01-01T00-00-00Z-abc.txt'), 'x');
  const run = await who.ots(['receipts', '--json']);
  expect(run.rows).toMatchObject([{ recovered: expect.stringContaining('abc.txt') }]);
  const shown = onTerminal(who, 'ots receipts');
  await shown.waitFor(/fetched but not delivered, \ds? ?\S* ?ago/);
  expect(await shown.ended).toBe(0);
});
