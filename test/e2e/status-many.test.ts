/** `ots status` of many targets, and with --watch until something changes. */
import { expect, test } from 'vitest';
import { person, withServer } from '../support/program.ts';
import { onTerminal, wordsOf } from '../support/pty.ts';

test('every link in a text, in its order; one server that is down hides nothing of the others', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const [one, two] = [await who.share('1'), await who.share('2')];
    await who.ots(['reveal', one]);
    const lost = await withServer((gone) => person(gone.url).share('x'));
    const seen = await person(server.url).ots(['status', '--json', '-'], {
      stdin: `${one} ${lost} ${two} ${one}`,
    });
    expect(seen.code).toBe(10);
    expect(seen.rows.map(({ state }) => state)).toEqual(['gone', 'unknown', 'new']);
    expect(seen.rows[1].error).toMatchObject({ code: 'network' });
    expect((await who.ots(['status', one, two])).code).toBe(0);
  }));

test('a text does not steer questions either', () =>
  withServer(async (server) => {
    const link = `${server.url}/secret/${'a7'.repeat(31)}`;
    const seen = await person().ots(['status', '--json', '-'], { stdin: link });
    expect(seen.rows).toMatchObject([{ state: 'unknown', error: { code: 'refused' } }]);
    expect(server.asked).toEqual([]);
  }));

test('--watch ends with 0 when the secret was read, and with 3 when it had been before', async () => {
  let reveal: (() => Promise<unknown>) | undefined;
  let questions = 0;
  // Between the first question for its state and the answer to the second one somebody reads it.
  const before = async ({ path }: { path: string }): Promise<void> => {
    if (/\/receipt\/\w+$/.test(path) && ++questions === 2) await reveal?.();
  };
  await withServer(
    async (server) => {
      const who = person(server.url);
      const link = await who.share('x');
      reveal = () => person(server.url).ots(['reveal', link]);
      const watched = await who.ots(['status', '--watch', '--json', link]);
      expect(watched.code, watched.stderr).toBe(0);
      expect(watched.rows).toMatchObject([{ state: 'revealed' }]);
      expect(await who.ots(['status', '--watch', link])).toMatchObject({ code: 3 });
    },
    { before },
  );
});

test('--watch of several prints a row a change, and ends when none is left', async () => {
  await withServer(async (server) => {
    const who = person(server.url);
    const links = [await who.share('1'), await who.share('2')];
    const terminal = onTerminal(who, `ots status --watch ${links.join(' ')} | cat; echo done`);
    await terminal.waitFor(/new[\s\S]+new/);
    await who.ots(['reveal', links[1] ?? '']);
    await terminal.waitFor(/revealed/);
    await who.ots(['burn', links[0] ?? '']);
    await terminal.waitFor(/burned/);
    await terminal.waitFor('done');
    expect(await terminal.ended).toBe(0);
  });
});

test('--watch shows on a terminal that it waits, and Ctrl-C ends it with 130', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const link = await who.share('x');
    const terminal = onTerminal(who, `trap : INT; ots status --watch '${link}'; echo "code $?"`);
    await terminal.waitFor('waiting until that changes');
    await terminal.waitFor(/\d\d:\d\d:\d\d {2}new/);
    terminal.type('\u0003');
    await terminal.waitFor('code 130');
    expect(wordsOf(terminal.screen)).not.toContain('ots:');
  }));
