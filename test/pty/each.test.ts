/** `ots share --each` on a terminal: a bar while it takes, links that it does not disturb, Ctrl-C. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { person, withServer } from '../support/program.ts';
import { onTerminal, wordsOf } from '../support/pty.ts';

/** A server that holds back what comes after the first five secrets, until it is let go. */
function withSlowServer(
  act: (who: ReturnType<typeof person>, letGo: () => void) => Promise<void>,
): Promise<void> {
  let asked = 0;
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  return withServer((server) => act(person(server.url), letGo), {
    before: async ({ path }) => {
      if (path.endsWith('/conceal') && ++asked > 5) await held;
    },
  });
}

test('a bar shows how far it is, and is gone when it ends', () =>
  withSlowServer(async (who, letGo) => {
    writeFileSync(join(who.folder, 'lines'), 'secret\n'.repeat(40));
    const terminal = onTerminal(who, 'ots share lines --each lines --jobs 1 > links; wc -l < links');
    await terminal.waitFor(/\[#*\.*\] \d+ % 5 shared/);
    letGo();
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen.endsWith('\r\u001b[2K40\r\n')).toBe(true);
  }));

test('Ctrl-C: links so far and empty lines, and how to go on', () =>
  withSlowServer(async (who, letGo) => {
    writeFileSync(join(who.folder, 'lines'), 'secret\n'.repeat(40));
    const terminal = onTerminal(
      who,
      'trap : INT; ots share lines --each lines --jobs 1 > links; echo "exit $?"; wc -l < links',
    );
    await terminal.waitFor('5 shared');
    terminal.type('\x03');
    letGo();
    await terminal.waitFor('exit 130');
    expect(await terminal.ended).toBe(0);
    const words = wordsOf(terminal.screen);
    expect(words).toMatch(/stopped: interrupted; \d+ shared, \d+ not tried\nhint: .*--resume/);
    expect(words).toMatch(/exit 130\n40\n$/);
  }));
