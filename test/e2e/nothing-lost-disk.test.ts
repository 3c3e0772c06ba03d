/** Full disks: found out before anything is spent where that can be, else the text is somewhere. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inShell, onSmallDisk } from '../support/faults.ts';
import { type Person, person, type TestServer, withServer } from '../support/program.ts';

const FILL = 'head -c 1M /dev/zero > "$DISK/fill" 2> /dev/null\n';
const SECRET = 'kept, whatever happens '.repeat(200);

function withLink(act: (who: Person, link: string, server: TestServer) => Promise<void>): Promise<void> {
  return withServer(async (server) => act(person(), await person(server.url).share(SECRET), server));
}

async function expectRecovered(who: Person, link: string): Promise<void> {
  const files = who.recovered();
  expect(files).toEqual([expect.stringMatching(/\.ots$/)]);
  const path = join(who.state, 'recovered', files[0] ?? '');
  expect((await who.ots(['receipts'])).stderr).toContain(path);
  expect(await who.ots(['decrypt', '--link', link, path])).toMatchObject({ code: 0, text: SECRET });
  expect(who.recovered()).toEqual([]);
}

for (const [name, flags] of [
  ['-o', '-o "$DISK/out"'],
  ['-O', '-O'],
  ['-o over a file, with --force', '-f -o "$DISK/fill"'],
] as const) {
  test(`the disk of ${name} is full: exit 9, no half file, the text is in recovered/`, () =>
    withLink(async (who, link) => {
      const script = `${FILL}cd "$DISK"; ots reveal '${link}' ${flags}; echo "code $?"; ls -A; wc -c < fill`;
      const { text, stderr } = await onSmallDisk(who, '64k', script);
      expect(text).toBe('code 9\nfill\n65536\n');
      expect(stderr).toMatch(/disk is full.*kept in /);
      await expectRecovered(who, link);
    }));
}

test('the disk of recovered/ is full: exit 2 before anything is spent', () =>
  withLink(async (who, link, server) => {
    const script = `${FILL}ots reveal '${link}'; echo "code $?"; find "$DISK" -type f`;
    const { text, stderr } = await onSmallDisk(who, '64k', script, {
      XDG_STATE_HOME: join(who.home, 'disk'),
    });
    expect(text).toBe(`code 2\n${join(who.home, 'disk', 'fill')}\n`);
    expect(stderr).toMatch(/no room on the disk.*\nhint: .*nothing was spent/);
    expect(server.reveals()).toBe(0);
    expect(await who.ots(['reveal', link])).toMatchObject({ code: 0, text: SECRET });
  }));

test('both are full, the room taken beforehand excepted: the text goes there', () =>
  withLink(async (who, link) => {
    // 12 KiB for the reservation and 4 KiB for the claim: nothing is left for the output.
    const script = `ots reveal '${link}' -o "$DISK/out"; echo "code $?"; ls "$DISK"
      ots decrypt --link '${link}' "$DISK"/ots/recovered/*.ots; find "$DISK/ots/recovered" -type f`;
    const { text, stderr } = await onSmallDisk(who, '16k', script, {
      XDG_STATE_HOME: join(who.home, 'disk'),
    });
    expect(stderr).toMatch(/disk is full.*kept in /);
    expect(text).toBe(`code 9\nots\n${SECRET}`);
  }));

test('a limit on file sizes counts as a full disk', () =>
  withLink(async (who, link, server) => {
    const refused = await inShell(who, `ulimit -f 1; ots reveal '${link}'`);
    expect(refused).toMatchObject({ code: 2, text: '' });
    expect(refused.stderr).toMatch(/nothing was spent/);
    expect(server.reveals()).toBe(0);
    expect(who.recovered()).toEqual([]);
    expect(await who.ots(['reveal', link])).toMatchObject({ code: 0, text: SECRET });
  }));

test('standard output is a full device: exit 9, kept', () =>
  withLink(async (who, link) => {
    const failed = await inShell(who, `ots reveal '${link}' > /dev/full`);
    expect(failed).toMatchObject({ code: 9, text: '' });
    await expectRecovered(who, link);
  }));

test('nowhere on disk and no output: the encrypted text is printed, and opens', () =>
  withLink(async (who, link) => {
    for (const [redirection, from] of [
      ['> /dev/full', 'stderr'],
      ['-o "$DISK/out" 2> /dev/full', 'text'],
    ] as const) {
      const fresh = from === 'stderr' ? link : await person(link.split('/secret/')[0]).share(SECRET);
      writeFileSync(join(who.home, 'no-folder'), '');
      const script = `${FILL}ots reveal '${fresh}' ${redirection}`;
      const printed = await onSmallDisk(who, '64k', script, { XDG_STATE_HOME: join(who.home, 'no-folder') });
      expect(printed.code).toBe(9);
      expect(printed.stderr + printed.text).not.toContain('kept, whatever');
      expect(await who.ots(['decrypt', '--link', fresh], { stdin: printed[from] })).toMatchObject({
        text: SECRET,
      });
    }
  }));

test('decrypt to a full disk or device leaves what it read', () =>
  withLink(async (who, link) => {
    await inShell(who, `ots reveal '${link}' > /dev/full`);
    const path = join(who.state, 'recovered', who.recovered()[0] ?? '');
    const script = `${FILL}ots decrypt --link '${link}' -o "$DISK/out" '${path}'; echo "code $?"; ls -A "$DISK"`;
    expect((await onSmallDisk(who, '64k', script)).text).toBe('code 9\nfill\n');
    const deaf = await inShell(who, `ots decrypt --link '${link}' '${path}' > /dev/full`);
    expect(deaf).toMatchObject({ code: 9 });
    await expectRecovered(who, link);
  }));

test('decrypt over the very file it reads leaves it there, decrypted', () =>
  withLink(async (who, link) => {
    await inShell(who, `ots reveal '${link}' > /dev/full`);
    const [name = ''] = who.recovered();
    const path = join(who.state, 'recovered', name);
    expect(await who.ots(['decrypt', '--link', link, '-f', '-o', path, path])).toMatchObject({ code: 0 });
    expect(readdirSync(join(who.state, 'recovered'))).toEqual([name]);
    expect(readFileSync(path, 'utf8')).toBe(SECRET);
  }));

test('share where the list of receipts has no room: the link is printed, with a warning that names the receipt', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const state = { XDG_STATE_HOME: join(who.home, 'disk') };
    const script = `printf one | ots share > /dev/null; cp "$DISK/ots/receipts.jsonl" before
      ${FILL}for i in 1 2 3 4 5 6 7 8 9 10 11 12; do printf x | ots share > link && echo 0; done
      rm "$DISK/fill"; printf last | ots share > link; ots receipts | wc -l; cp "$DISK/ots/receipts.jsonl" after`;
    const shared = await onSmallDisk(who, '64k', script, state);
    expect(shared.code).toBe(0);
    expect(shared.text).toMatch(/^(?:0\n){12}\s*\d+\n$/);
    const failures =
      shared.stderr.match(/could not be kept here; to burn the secret later: ots burn [0-9a-z]+/g) ?? [];
    expect(failures.length).toBeGreaterThan(0);
    const [before, after] = ['before', 'after'].map((name) => readFileSync(join(who.folder, name), 'utf8'));
    expect(after?.startsWith(before ?? 'nothing')).toBe(true);
    // The first, the last, and whichever still had room.
    expect(shared.text.trim().split(/\s+/).at(-1)).toBe(String(14 - failures.length));
    const link = readFileSync(join(who.folder, 'link'), 'utf8').trim();
    expect(await who.ots(['reveal', link])).toMatchObject({ code: 0, text: 'last' });
  }));
