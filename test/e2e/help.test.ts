/** Help as a new user meets it: what to type comes first, everything fits a terminal, nothing is missing. */
import { expect, test } from 'vitest';
import { person } from '../support/program.ts';

const who = person();

async function help(...args: string[]): Promise<string> {
  const run = await who.ots(args);
  expect(run, args.join(' ')).toMatchObject({ code: 0, stderr: '' });
  return run.text;
}

/** The commands that the help of all lists, by name. */
async function commands(): Promise<string[]> {
  const [, list = ''] = /\n\nShare:\n([\s\S]*)\n\nOptions of every command:/.exec(await help('help')) ?? [];
  return [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name);
}

test('alone, help, -h and --help are the same: an example, the commands, then options', async () => {
  const alone = await help();
  for (const word of ['help', '-h', '--help']) expect(await help(word)).toBe(alone);
  expect(alone).toMatch(/^Hand a secret[^\n]*\n\n {2}\$ pass show db \| ots share\n/);
  expect(alone.indexOf('reveal [link]')).toBeLessThan(alone.indexOf('--server'));
  expect(alone).not.toContain('__');
});

test('every command begins with an example of itself, and names what it takes', async () => {
  const names = await commands();
  expect(names).toEqual(
    expect.arrayContaining(['share', 'generate', 'reveal', 'burn', 'status', 'serve', 'try']),
  );
  for (const name of names.filter((one) => one !== 'help')) {
    const text = await help('help', name);
    expect(await help(name, '--help'), name).toBe(text);
    expect(text, name).toMatch(new RegExp(`^  \\$ .*\\bots ${name}\\b`));
    expect(text, name).toMatch(new RegExp(`\\nUsage: ots ${name}`));
  }
});

test('no line of it is longer than 80 columns', async () => {
  const texts = [await help()];
  for (const name of await commands()) if (name !== 'help') texts.push(await help('help', name));
  for (const line of texts.join('\n').split('\n')) expect([...line].length, line).toBeLessThanOrEqual(80);
});

test('help for a command that is not there is an error', async () => {
  const run = await who.ots(['help', 'nosuch']);
  expect(run).toMatchObject({ code: 2, text: '' });
  expect(run.stderr).toBe('ots: there is no such command\nhint: all of them: ots help\n');
});

test('mistyped commands and options name the nearest', async () => {
  expect((await who.ots(['shaer'])).stderr).toContain('did you mean share?');
  expect((await who.ots(['share', '--past'])).stderr).toContain('did you mean --paste?');
});

test('reveal without a link says how to give one', async () => {
  expect(await who.ots(['reveal'])).toMatchObject({
    code: 2,
    stderr: 'ots: the link is missing\nhint: give the link, - to read it from a pipe, or --paste\n',
  });
  expect(await who.ots(['reveal', 'x', '--paste'])).toMatchObject({ code: 2 });
});
