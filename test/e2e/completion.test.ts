/** Completion in real shells: what bash, zsh and fish would offer. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Person, PROGRAM, person, run, withServer } from '../support/program.ts';

/** Somebody who has `ots` in the path. */
function withOts(server?: string): Person {
  const who = person(server);
  const bin = join(who.home, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'ots'), `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
  chmodSync(join(bin, 'ots'), 0o755);
  who.env['PATH'] = `${bin}:${who.env['PATH']}`;
  return who;
}

function shell(who: Person, name: string, script: string): ReturnType<typeof run> {
  const plain = { bash: ['--norc', '--noprofile'], zsh: ['-f'], fish: ['--no-config'] }[name] ?? [];
  return run(name, [...plain, '-c', script], { env: who.env, cwd: who.folder });
}

/** What bash offers for words, the last of which is being typed. */
async function inBash(who: Person, ...words: string[]): Promise<string[]> {
  const quoted = ['ots', ...words].map((word) => `'${word}'`).join(' ');
  const script = `source <(ots completion bash); COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _ots; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const found = await shell(who, 'bash', script);
  expect(found).toMatchObject({ code: 0, stderr: '' });
  return found.text.split('\n').filter(Boolean);
}

test('bash: commands, options, and values of options', async () => {
  const who = withOts();
  expect(await inBash(who, 'sh')).toEqual(['share']);
  expect(await inBash(who, '')).toEqual(expect.arrayContaining(['share', 'reveal', 'config', 'help']));
  expect((await inBash(who, '')).join(' ')).not.toContain('__');
  expect(await inBash(who, 'share', '--pass')).toEqual([
    '--passphrase',
    '--passphrase-file',
    '--passphrase-words',
    '--passphrase-column',
  ]);
  expect(await inBash(who, 'share', '--region', '')).toEqual(['us', 'ca', 'eu', 'nz', 'uk']);
  expect(await inBash(who, '--region', 'us', 'who')).toEqual(['whoami']);
  expect(await inBash(who, 'config', 'set', 're')).toEqual(['region']);
  expect(await inBash(who, 'completion', '')).toEqual(['bash', 'zsh', 'fish']);
  expect(await inBash(who, 'share', '--label', '')).toEqual([]);
});

test('bash: profiles, receipts of secrets that may be open, and files, spaces in their names included', () =>
  withServer(async ({ url }) => {
    const who = withOts(url);
    await who.ots(['config', 'set', '--profile', 'work', 'region', 'us']);
    expect(await inBash(who, 'share', '--profile', '')).toEqual(['work']);
    await who.share('x', ['--label', 'two words: a label']);
    const [receipt] = (await who.ots(['receipts', '--json'])).rows;
    expect(await inBash(who, 'burn', '')).toEqual([receipt.receipt_id]);
    expect(await inBash(who, 'receipts', '')).toEqual(['forget']);
    expect(await inBash(who, 'receipts', 'forget', '')).toEqual([receipt.receipt_id]);
    writeFileSync(join(who.folder, 'my notes.txt'), '');
    expect(await inBash(who, 'share', 'my')).toEqual(['my notes.txt']);
    expect(await inBash(who, 'share', '--passphrase-file', 'my')).toEqual(['my notes.txt']);
    await who.ots(['burn', receipt.receipt_id]);
    expect(await inBash(who, 'burn', '')).toEqual([]);
  }));

test('bash: it still completes when the configuration is broken, and prints no errors', async () => {
  const who = withOts();
  mkdirSync(join(who.home, 'config', 'ots'), { recursive: true });
  writeFileSync(join(who.home, 'config', 'ots', 'config.toml'), 'broken');
  expect(await inBash(who, 'sh')).toEqual(['share']);
  expect(await inBash(who, 'share', '--profile', '')).toEqual([]);
});

test('zsh takes the script, and is given words with what they mean', async () => {
  const who = withOts();
  const stub = '_describe() { print -rl -- $found }; compdef() { : }; _files() { print FILES }';
  const script = (words: string): string =>
    `${stub}; source <(ots completion zsh); words=(${words}); CURRENT=\${#words}; _ots`;
  const commands = await shell(who, 'zsh', script('ots sh'));
  expect(commands).toMatchObject({ code: 0, text: 'share:encrypt and push a secret, print its link\n' });
  expect(await shell(who, 'zsh', script("ots share ''"))).toMatchObject({ text: 'FILES\n' });
});

test('fish offers commands with what they mean, options, and files', async () => {
  const who = withOts();
  writeFileSync(join(who.folder, 'notes.txt'), '');
  const offered = async (line: string): Promise<string> =>
    (await shell(who, 'fish', `ots completion fish | source; complete -C '${line}'`)).text;
  expect(await offered('ots sh')).toBe('share\tencrypt and push a secret, print its link\n');
  expect(await offered('ots share --reg')).toMatch(/^--region\t/);
  expect(await offered('ots share no')).toContain('notes.txt');
});

test('another shell is refused by name', async () => {
  const refused = await person().ots(['completion', 'tcsh']);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('bash, zsh and fish') });
});
