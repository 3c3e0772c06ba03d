/** Where nobody is there to answer, nothing waits: every command that could ask says at once which flag to give. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer } from '../../src/server/listen.ts';
import { type Person, PROGRAM, person, run } from '../support/program.ts';
import { onTerminal, wordsOf } from '../support/pty.ts';

const SEALED = /--passphrase-file FILE or OTS_PASSPHRASE/;
/** What a server would see is never taken from the environment. */
const RAW = /--passphrase-file FILE(?! or)/;

/** What would ask, and what the error has to name. `{locked}` and the like stand for links made before. */
const ASKING: [words: string, names: RegExp][] = [
  ['share', /a pipe or a file: ots share FILE/],
  ['share -p note.txt', SEALED],
  ['share -p --plain note.txt', RAW],
  ['share -p --here note.txt', SEALED],
  ['generate -p', SEALED],
  ['encrypt', /a pipe or a file: ots share FILE/],
  ['encrypt -p note.txt', SEALED],
  ['decrypt note.ots', /--link LINK or --key-file FILE/],
  ['decrypt locked.ots --key-file key', SEALED],
  ["reveal '{locked}'", SEALED],
  ["reveal '{plain}'", RAW],
  ["run --env A='{locked}' -- env", SEALED],
  ["run --env A='{plain}' -- env", RAW],
  ["burn '{open}' '{other}'", /--yes/],
  ['receipts forget --all', /--yes/],
  ['share --edit', /./],
  ['login', /./],
];

const links: Record<string, string> = {};
let server: Awaited<ReturnType<typeof startServer>>;
let who: Person;

beforeAll(async () => {
  server = await startServer({ port: 0, now: Date.now, passphraseCost: 2 });
  who = person(server.url);
  const env = { OTS_PASSPHRASE: 'a long passphrase' };
  writeFileSync(join(who.folder, 'note.txt'), 'a note');
  writeFileSync(join(who.folder, 'words'), 'a long passphrase');
  const encrypt = ['encrypt', 'note.txt', '--key-file', 'key', '--force'];
  writeFileSync(join(who.folder, 'note.ots'), (await who.ots(encrypt)).text);
  writeFileSync(join(who.folder, 'locked.ots'), (await who.ots(encrypt, { env })).text);
  links['open'] = await who.share('open');
  links['other'] = await who.share('other');
  links['locked'] = await who.share('locked', [], { env });
  links['plain'] = await who.share('plain', ['--plain', '--quiet', '--passphrase-file', 'words']);
});

afterAll(() => server.close());

const filled = (words: string): string => words.replace(/\{(\w+)\}/g, (_, name: string) => links[name] ?? '');

describe.each(ASKING)('ots %s', (words, names) => {
  test('does not ask on a terminal with CI=true, --no-input, --json or standard error in a file', async () => {
    const command = filled(words);
    const flagged = (flag: string): string => `ots ${command.replace(/^\w+/, (verb) => `${verb} ${flag}`)}`;
    const ways = [
      `CI=true; export CI; ots ${command}; echo "1: $?"; unset CI`,
      `${flagged('--no-input')}; echo "2: $?"`,
      `${flagged('--json')}; echo "3: $?"`,
      `ots ${command} 2> errors; echo "4: $?"; cat errors`,
    ];
    const terminal = onTerminal(who, ways.join('\n'));
    for (const number of [1, 2, 3, 4]) {
      const shown = await terminal.waitFor(`${number}: 2`);
      if (number < 4) expect(wordsOf(shown)).toMatch(names);
    }
    await terminal.waitFor(names);
    await terminal.ended;
  });

  test('does not ask without a terminal, its standard input closed', async () => {
    const script = `setsid -w "$0" "$1" ${filled(words)} <&-`;
    const given = { env: who.env, cwd: who.folder };
    const ran = await run('/bin/sh', ['-c', script, process.execPath, PROGRAM], given);
    expect(ran).toMatchObject({ code: 2, text: '', signal: null });
    // Closed, standard input is empty rather than missing.
    expect(ran.stderr).toMatch(/^(?:share|encrypt)$/.test(words) ? /the secret is empty/ : names);
  });
});

test('none of them spent or burned anything', async () => {
  for (const name of ['open', 'other']) {
    expect(await who.ots(['reveal', links[name] ?? ''])).toMatchObject({ text: name });
  }
  for (const name of ['locked', 'plain']) {
    const args = ['reveal', links[name] ?? '', '--passphrase-file', 'words'];
    expect(await who.ots(args)).toMatchObject({ text: name });
  }
});
