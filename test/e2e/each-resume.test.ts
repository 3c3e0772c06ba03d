/** `ots share --each … --resume`: only what has no link is shared, and the output is whole again. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLink, openLinks } from '../support/opened.ts';
import { type Person, PROGRAM, person, type TestServer, withServer } from '../support/program.ts';
import type { Asked } from '../support/remote-serve.ts';

/** A server that refuses the records whose number, of those asked, is in the set. */
function withRefusals(
  refused: Set<number>,
  act: (who: Person, server: TestServer, save: (text: string) => string) => Promise<void>,
): Promise<void> {
  let asked = 0;
  return withServer(
    (server) => {
      const who = person(server.url);
      const path = join(who.folder, 'earlier');
      return act(who, server, (text) => {
        writeFileSync(path, text);
        return path;
      });
    },
    {
      before: async ({ path }: Asked) =>
        path.endsWith('/conceal') && refused.has(++asked)
          ? { status: 422, json: { message: 'not today' } }
          : undefined,
    },
  );
}

const LINES = ['share', '--each', 'lines', '--jobs', '1'];
const CSV = ['share', '--each', 'csv', '--column', 'password', '--jobs', '1'];
const linesOf = (text: string): string[] => text.split('\n').slice(0, -1);

test('lines: links are kept, gaps are filled, lines that are missing are shared', () =>
  withRefusals(new Set([2, 4]), async (who, server, save) => {
    const stdin = 'a\nb\nc\nd\ne\nf\n';
    const first = linesOf((await who.ots(LINES, { stdin })).text);
    expect(first.map(Boolean)).toEqual([true, false, true, false, true, true]);
    // Cut off within the fifth link, as a full disk would.
    const cut = `${first.slice(0, 4).join('\n')}\n${first[4]?.slice(0, -9)}`;
    const second = await who.ots([...LINES, '--resume', save(cut)], { stdin });
    expect(second).toMatchObject({ code: 0, stderr: '' });
    const links = linesOf(second.text);
    expect([links[0], links[2]]).toEqual([first[0], first[2]]);
    expect(links[4]).not.toBe(first[4]);
    expect(server.conceals()).toBe(6 + 4);
    expect(await openLinks(links)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  }));

test('csv: rows with a link stay as they are, passphrases that were made too', () =>
  withRefusals(new Set([2]), async (who, server, save) => {
    const stdin = 'user,password\n"x, y",s1\nb,s2\nc,s3\n';
    const args = [...CSV, '--generate-passphrase', '--passphrase-words', '2'];
    const first = await who.ots(args, { stdin });
    expect(first.code).toBe(10);
    const second = await who.ots([...args, '--resume', save(first.text)], { stdin });
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(server.conceals()).toBe(4);
    const [before, after] = [linesOf(first.text), linesOf(second.text)];
    expect([after[0], after[1], after[3]]).toEqual([before[0], before[1], before[3]]);
    const [, link, passphrase] = after[2]?.split(',') ?? [];
    expect(await openLink(link ?? '', passphrase)).toBe('s2');
  }));

test('ndjson and --json: the same', () =>
  withRefusals(new Set([2, 6]), async (who, server, save) => {
    const stdin = '{"n":1,"password":"s1"}\n{"n":2,"password":"s2"}\n{"n":3,"password":"s3"}\n';
    for (const more of [[], ['--json']]) {
      const args = ['share', '--each', 'ndjson', '--field', 'password', '--jobs', '1', ...more];
      const asked = server.conceals();
      const first = await who.ots(args, { stdin });
      expect(first.code).toBe(10);
      const second = await who.ots([...args, '--resume', save(first.text)], { stdin });
      expect(second).toMatchObject({ code: 0, stderr: '' });
      expect(server.conceals() - asked).toBe(4);
      expect([second.rows[0], second.rows[2]]).toEqual([first.rows[0], first.rows[2]]);
      expect(await openLinks(second.rows.map(({ link }) => link))).toEqual(['s1', 's2', 's3']);
    }
  }));

test('a file that is no earlier output of this input is refused before anything is sent', () =>
  withRefusals(new Set(), async (who, server, save) => {
    const link = await who.share('x');
    const input = join(who.folder, 'input');
    const table = join(who.folder, 'table.csv');
    writeFileSync(input, 'hunter2\nb\n');
    writeFileSync(table, 'user,password\na,hunter2\nb,s2\n');
    const asked = server.conceals();
    const cases = [
      [LINES, input, 'hunter2\nb\n', /line 1 is no link/],
      [LINES, input, `${link}\n\n\n`, /more rows than the input/],
      [CSV, table, 'name,link\na,\n', /columns are others/],
      [CSV, table, `user,link\nz,${link}\nb,\n`, /row for record 1 is of another record/],
      [CSV, table, 'user,link\na,\nb,\nc,\n', /more rows/],
      [CSV, table, 'user,link\na,hunter2\n', /no link in its column/],
      [[...CSV, '--json'], table, `{"record":2,"link":"${link}"}\n`, /another record/],
    ] as const;
    for (const [args, file, earlier, words] of cases) {
      const refused = await who.ots([...args, file, '--resume', save(earlier)]);
      expect(refused, refused.stderr).toMatchObject({ code: 2, stdout: expect.anything() });
      const said = args.includes('--json') ? refused.text : refused.stderr;
      expect(said).toMatch(words);
      expect(refused.text + refused.stderr).not.toContain('hunter2');
    }
    expect(server.conceals()).toBe(asked);
  }));

test('the file that standard output writes cannot be the one to resume', () =>
  withRefusals(new Set(), async (who, server, save) => {
    const link = await who.share('x');
    const path = save(`${link}\n`);
    const asked = server.conceals();
    const script = `printf 'a\\nb\\n' | "$0" "$1" share --each lines --resume "$2" >> "$2"`;
    const result = spawnSync('/bin/sh', ['-c', script, process.execPath, PROGRAM, path], { env: who.env });
    expect(result.status).toBe(2);
    expect(result.stderr.toString()).toMatch(/file of --resume is the one that the output goes to/);
    expect(readFileSync(path, 'utf8')).toBe(`${link}\n`);
    expect(server.conceals()).toBe(asked);
  }));
