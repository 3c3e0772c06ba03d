/** Ctrl-C while a secret is on its way: it is fetched to its end and kept, since the server has it no more. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gate } from '../support/faults.ts';
import { type Person, PROGRAM, person, withServer } from '../support/program.ts';
import { onTerminal } from '../support/pty.ts';

// The shell gets Ctrl-C as well, and is to outlive it.
const UNINTERRUPTED = 'trap : INT; ots reveal - < link > secret; echo "code $?"';

/** Runs `act` once a secret is shared, with a server that answers its reveal only when told. */
async function withHeldReveal(
  act: (who: Person, link: string, held: { asked: Promise<void>; release: () => void }) => Promise<void>,
): Promise<void> {
  const { before, arrived: asked, open: release } = gate(/\/reveal$/);
  await withServer(
    async (server) => {
      const who = person(server.url);
      const link = await who.share('on its way');
      writeFileSync(join(who.folder, 'link'), link);
      await act(who, link, { asked, release });
      release();
    },
    { before },
  );
}

test('interrupted while the secret is on its way: exit 130, and the secret is in recovered/', () =>
  withHeldReveal(async (who, link, held) => {
    const terminal = onTerminal(who, UNINTERRUPTED);
    await held.asked;
    terminal.type('\u0003');
    await terminal.waitFor('on its way; it will be kept');
    held.release();
    await terminal.waitFor('code 130');
    await terminal.ended;
    expect(readFileSync(join(who.folder, 'secret'), 'utf8')).toBe('');
    const [file = ''] = who.recovered();
    expect(file).toMatch(/\.ots$/);
    const path = join(who.state, 'recovered', file);
    expect(await who.ots(['decrypt', '--link', link, path])).toMatchObject({ text: 'on its way' });
  }));

test('interrupted three times it ends at once', () =>
  withHeldReveal(async (who, _, held) => {
    const terminal = onTerminal(who, UNINTERRUPTED);
    await held.asked;
    terminal.type('\u0003');
    await terminal.waitFor('three times ends at once');
    // One by one: two at the same moment count as one.
    terminal.type('\u0003');
    await terminal.waitFor('once more ends at once');
    terminal.type('\u0003');
    await terminal.waitFor('code 130');
    await terminal.ended;
    expect(who.recovered().filter((name) => !/\.(?:reserved|claim)$/.test(name))).toEqual([]);
  }));

test('stopped at the second prompt, after a wrong passphrase: it ends at once, nothing spent and nothing left', () =>
  withServer(async (server) => {
    const who = person();
    const env = { OTS_PASSPHRASE: 'the right one' };
    const link = await person(server.url).share('still there', [], { env });
    writeFileSync(join(who.home, 'link'), link);
    const script = 'echo "pid $$"; exec "$NODE" "$OTS" reveal -o out - < ../link';
    const terminal = onTerminal(who, script, { NODE: process.execPath, OTS: PROGRAM });
    const pid = Number(/pid (\d+)/.exec(await terminal.waitFor(/pid \d+\r\n/))?.[1]);
    await terminal.waitFor('Passphrase:');
    terminal.type('a wrong one\r');
    await terminal.waitFor('nothing was spent');
    await terminal.waitFor('Passphrase:');
    process.kill(pid, 'SIGTERM');
    expect(await terminal.ended).toBe(130);
    expect(terminal.screen).not.toContain('on its way');
    expect(readdirSync(who.folder)).toEqual([]);
    expect(who.recovered().filter((name) => !name.endsWith('.claim'))).toEqual([]);
    expect(await who.ots(['reveal', link], { env })).toMatchObject({ code: 0, text: 'still there' });
  }));

test('interrupted before anything was sent: exit 130, nothing spent', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const env = { OTS_PASSPHRASE: 'a passphrase' };
    writeFileSync(join(who.folder, 'link'), await who.share('x', [], { env }));
    const terminal = onTerminal(who, 'ots reveal - < link > secret; echo "code $?"');
    await terminal.waitFor('Passphrase:');
    terminal.type('\u0003');
    await terminal.waitFor('code 130');
    await terminal.ended;
    expect(server.reveals()).toBe(0);
    expect(who.recovered()).toEqual([]);
  }));
