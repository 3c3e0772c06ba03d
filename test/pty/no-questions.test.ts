/** Where nobody is there to answer, nothing waits: every command that could ask says at once which flag to give. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Person, PROGRAM, person, run, withServer } from '../support/program.ts';
import { onTerminal, wordsOf } from '../support/pty.ts';

/** What would ask, and what the error has to name. `{locked}` and the like stand for links made before. */
const ASKING: [words: string, names: RegExp][] = [
  ['share', /a pipe or a file: ots share FILE/],
  ['share -p note.txt', /--passphrase-file FILE or OTS_PASSPHRASE/],
  ['share -p --plain note.txt', /--passphrase-file FILE$/m],
  ['share -p --here note.txt', /--passphrase-file FILE or OTS_PASSPHRASE/],
  ['generate -p', /--passphrase-file FILE or OTS_PASSPHRASE/],
  ['encrypt', /a pipe or a file: ots share FILE/],
  ['encrypt -p note.txt', /--passphrase-file FILE or OTS_PASSPHRASE/],
  ['decrypt note.ots', /--link LINK or --key-file FILE/],
  ['decrypt locked.ots --key-file key', /--passphrase-file FILE or OTS_PASSPHRASE/],
  ["reveal '{locked}'", /--passphrase-file FILE or OTS_PASSPHRASE/],
  ["reveal '{plain}'", /--passphrase-file FILE$/m],
  ["reveal -p '{open}'", /--passphrase-file FILE/],
  ["run --env A='{locked}' -- env", /--passphrase-file FILE or OTS_PASSPHRASE/],
  ["run --env A='{plain}' -- env", /--passphrase-file FILE$/m],
  ["burn '{open}' '{other}'", /--yes/],
];

/** Somebody with a note, an encrypted one, and links of every kind. */
async function prepared(url: string): Promise<{ who: Person; links: Record<string, string> }> {
  const who = person(url);
  const env = { OTS_PASSPHRASE: 'a long passphrase' };
  writeFileSync(join(who.folder, 'note.txt'), 'a note');
  writeFileSync(join(who.folder, 'words'), 'a long passphrase');
  const encrypt = ['encrypt', 'note.txt', '--key-file', 'key', '--force'];
  writeFileSync(join(who.folder, 'note.ots'), (await who.ots(encrypt)).text);
  writeFileSync(join(who.folder, 'locked.ots'), (await who.ots(encrypt, { env })).text);
  const links = {
    open: await who.share('x'),
    other: await who.share('x'),
    locked: await who.share('x', [], { env }),
    plain: await who.share('x', ['--plain', '--quiet', '--passphrase-file', 'words']),
  };
  return { who, links };
}

describe.each(ASKING)('ots %s', (words, names) => {
  const filled = (links: Record<string, string>): string =>
    words.replace(/\{(\w+)\}/g, (_, name: string) => links[name] ?? '');

  test.each([
    ['with CI=true', '', { CI: 'true' }, ''],
    ['with --no-input', '--no-input', {}, ''],
    ['with --json', '--json', {}, ''],
    ['with standard error in a file', '', {}, '2> errors'],
  ])('on a terminal %s does not ask', (_, flag, env, redirect) =>
    withServer(async (server) => {
      const { who, links } = await prepared(server.url);
      const command = filled(links).replace(/^\w+/, (verb) => `${verb} ${flag}`);
      const terminal = onTerminal(
        who,
        `ots ${command} ${redirect}; echo "code $?"; cat errors 2> /dev/null`,
        env,
      );
      await terminal.waitFor('code 2');
      await terminal.ended;
      expect(wordsOf(terminal.screen).replaceAll('","exit_code', '\n')).toMatch(names);
      expect(server.reveals()).toBe(0);
    }),
  );

  test('without a controlling terminal, its standard input closed, does not ask', () =>
    withServer(async (server) => {
      const { who, links } = await prepared(server.url);
      const script = `setsid -w "$0" "$1" ${filled(links)} <&-`;
      const ran = await run('/bin/sh', ['-c', script, process.execPath, PROGRAM], {
        env: who.env,
        cwd: who.folder,
      });
      expect(ran).toMatchObject({ code: 2, text: '', signal: null });
      if (!/^(?:share|encrypt)$/.test(words)) expect(ran.stderr).toMatch(names);
      expect(server.reveals()).toBe(0);
    }));
});
