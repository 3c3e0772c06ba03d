/** The recipes of docs/AUTOMATION.md, run as they stand: `ots` is the built program, other commands note what they got. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type Person,
  PROGRAM,
  person,
  ROOT,
  type Run,
  run,
  type TestServer,
  withServer,
} from '../support/program.ts';

interface Recipe {
  heading: string;
  language: string;
  text: string;
}

/** Fenced blocks, each with the heading that it stands under. */
function recipesIn(markdown: string): Recipe[] {
  const found: Recipe[] = [];
  let heading = '';
  for (const [, title, language, text = ''] of markdown.matchAll(/^#+ (.+)$|^```(\w+)\n([\s\S]*?)^```$/gm)) {
    if (title !== undefined) heading = title;
    else found.push({ heading, language: language ?? '', text });
  }
  return found;
}

/** What a runner would hand to its shell: `run:`, `script:` or `cmd:`, in the few forms that the recipes use. */
function shellOf({ language, text }: Recipe): string {
  if (language === 'sh') return text;
  if (language === 'crontab') return text.replace(/^(?:\w+=.*\n)*\S+ \S+ \S+ \S+ \S+ /, '');
  const block = /^- run: \|\n((?: {4}.*\n)+)/m.exec(text) ?? /^ {2}script:\n((?: {4}- .*\n)+)/m.exec(text);
  if (block !== null) return (block[1] ?? '').replace(/^ {4}(?:- )?/gm, '');
  return /^\s*(?:- run|cmd): (.+)$/m.exec(text)?.[1] ?? '';
}

const RECIPES = recipesIn(readFileSync(join(ROOT, 'docs', 'AUTOMATION.md'), 'utf8'));

/** A recipe by its heading and the order there. */
function recipe(heading: string, number = 0): string {
  const found = RECIPES.filter((one) => one.heading === heading)[number];
  if (found === undefined) throw new Error(`there is no recipe ${number} under ${heading}`);
  return shellOf(found);
}

/** Makes a command that notes its arguments, its input when it has a flag for that, and the token that it was given. */
function stub(folder: string, name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

/** Somebody whose PATH leads to `ots` and to the commands that the recipes name. */
function operator(
  server: TestServer,
): Person & { sh(text: string, env?: Record<string, string>): Promise<Run> } {
  const who = person(server.url);
  const bin = join(who.home, 'bin');
  mkdirSync(bin);
  stub(bin, 'ots', `exec '${process.execPath}' '${PROGRAM}' "$@"`);
  stub(bin, 'send-to-owner', 'printf "sent %s\\n" "$1"');
  stub(bin, 'make-credentials', 'printf "user:word"');
  stub(bin, 'deploy', 'printf "deployed with %s\\n" "$DEPLOY_TOKEN"');
  stub(bin, 'load-key', 'printf "loaded %s\\n" "$(cat)"');
  const sh = (text: string, env: Record<string, string> = {}): Promise<Run> =>
    run('/bin/sh', ['-eu', '-c', text], {
      env: { ...who.env, ...env, PATH: `${bin}${delimiter}${who.env['PATH']}` },
      cwd: who.folder,
      ...('STDIN' in env && { stdin: env['STDIN'] ?? '' }),
    });
  return { ...who, sh };
}

/** What a link that was printed after a word leads to. */
async function opened(who: Person, text: string, word: string): Promise<string> {
  const link = new RegExp(`${word} (http\\S+)`).exec(text)?.[1] ?? '';
  return (await who.ots(['reveal', link])).text;
}

describe('Shell', () => {
  test('a token to a person', () =>
    withServer(async (server) => {
      const who = operator(server);
      const ran = await who.sh(recipe('Shell', 0), { TOKEN: 't0ken', JOB_ID: '7' });
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      expect(await opened(who, ran.text, 'sent')).toBe('t0ken');
      expect((await who.ots(['receipts'])).text).toContain('job 7');
    }));

  test('a secret into a program', () =>
    withServer(async (server) => {
      const who = operator(server);
      const ran = await who.sh(recipe('Shell', 1), { LINK: await who.share('key') });
      expect(ran).toMatchObject({ code: 0, text: 'loaded key\n', stderr: '' });
    }));

  test('only if the lifetime is granted', () =>
    withServer(async (server) => {
      const who = operator(server);
      writeFileSync(join(who.folder, 'token.txt'), 't0ken');
      expect(await who.sh(recipe('Shell', 2))).toMatchObject({ code: 0 });
      const link = readFileSync(join(who.folder, 'link'), 'utf8').trim();
      expect((await who.ots(['reveal', link])).text).toBe('t0ken');
    }));

  test('a table of links, and another go at those that failed', () => {
    let refused = 0;
    const before = async ({ path }: { path: string }) =>
      /conceal$/.test(path) && refused++ === 0 ? { status: 500, json: {} } : undefined;
    return withServer(
      async (server) => {
        const who = operator(server);
        writeFileSync(join(who.folder, 'team.csv'), 'name,password\nann,one\nbob,"two, ""2"""\ncat,three\n');
        expect(await who.sh(recipe('Shell', 3))).toMatchObject({ code: 0, text: '' });
        const [first, all] = ['links.csv', 'all.csv'].map((name) =>
          readFileSync(join(who.folder, name), 'utf8').trim().split('\n'),
        );
        expect(first?.filter((row) => row.endsWith(','))).toHaveLength(1);
        const opened = (all ?? [])
          .slice(1)
          .map(async (row) => (await who.ots(['reveal', row.slice(4)])).text);
        expect(await Promise.all(opened)).toEqual(['one', 'two, "2"', 'three']);
      },
      { before },
    );
  });

  test('everything that a job shared, or that a text names', () =>
    withServer(async (server) => {
      const who = operator(server);
      const labelled = await who.share('x', ['--label', 'job 7']);
      const named = await who.share('y');
      writeFileSync(join(who.folder, 'export.json'), JSON.stringify({ text: `see <${named}>` }));
      expect(await who.sh(recipe('Shell', 4), { JOB_ID: '7' })).toMatchObject({ code: 0 });
      for (const link of [labelled, named]) expect((await who.ots(['reveal', link])).code).toBe(3);
    }));

  test('what went wrong', () =>
    withServer(async (server) => {
      const who = operator(server);
      const LINK = await who.share('x');
      expect(await who.sh(recipe('Shell', 5), { LINK })).toMatchObject({ code: 0, text: 'opened\n' });
      expect((await who.sh(recipe('Shell', 5), { LINK })).text).toMatch(/^gone/);
      const away = { LINK: LINK.replace(/:\d+\//, ':1/') };
      expect((await who.sh(recipe('Shell', 5), away)).text).toMatch(/^no server|^exit code/);
    }));
});

describe('GitHub Actions', () => {
  const job = { CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_RUN_ID: '42' };

  test('a secret for a step, hidden in the log', () =>
    withServer(async (server) => {
      const who = operator(server);
      const ran = await who.sh(recipe('GitHub Actions', 0), {
        ...job,
        DEPLOY_TOKEN: await who.share('t0ken'),
      });
      expect(ran).toMatchObject({ code: 0, text: 'deployed with t0ken\n', stderr: '::add-mask::t0ken\n' });
    }));

  // The runner compares the whole link and the key alone; this program never prints a key on stderr but for that.
  test('what a job made, its link hidden in the log', () =>
    withServer(async (server) => {
      const who = operator(server);
      const ran = await who.sh(
        `${recipe('GitHub Actions', 1)}`.replace('ots share', 'ots share 2> log'),
        job,
      );
      expect(ran.code).not.toBe(0);
      expect(readFileSync(join(who.folder, 'log'), 'utf8')).toContain('standard error goes to a file');
      const piped = await who.sh(`{ ${recipe('GitHub Actions', 1)}\n} 2>&1`, job);
      expect(piped.code).toBe(0);
      const [, link = ''] = /sent (\S+)/.exec(piped.text) ?? [];
      expect(piped.text).toBe(`::add-mask::${link}\n::add-mask::${link.split('#')[1]}\nsent ${link}\n`);
      expect((await who.ots(['reveal', link])).text).toBe('user:word');
    }));
});

test('GitLab CI', () =>
  withServer(async (server) => {
    const who = operator(server);
    const job = { CI: 'true', GITLAB_CI: 'true', CI_JOB_ID: '42', DEPLOY_TOKEN: await who.share('t0ken') };
    const ran = await who.sh(recipe('GitLab CI'), job);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.text).toMatch(/^deployed with t0ken\nsent http/);
    expect(await opened(who, ran.text, 'sent')).toBe('user:word');
  }));

test('cron', () =>
  withServer(async (server) => {
    const who = operator(server);
    const ran = await who.sh(recipe('cron'));
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect((await who.ots(['reveal', ran.text.trim()])).text).toMatch(/^(?:[a-z-]+-){5}[a-z-]+$/);
  }));

test('Ansible', () =>
  withServer(async (server) => {
    const who = operator(server);
    // The module adds a newline to what it writes to standard input.
    const ran = await who.sh(recipe('Ansible'), { STDIN: `${await who.share('password')}\n` });
    expect(ran).toMatchObject({ code: 0, text: 'password', stderr: '' });
  }));

test('every recipe is one that these tests run', () => {
  const counted = RECIPES.map(({ heading }) => heading);
  const tested = [
    'Shell',
    'Shell',
    'Shell',
    'Shell',
    'Shell',
    'Shell',
    'GitHub Actions',
    'GitHub Actions',
    'GitLab CI',
    'cron',
    'Ansible',
  ];
  expect(counted).toEqual(tested);
  for (const one of RECIPES) expect(shellOf(one)).toMatch(/\bots (?:share|reveal|run|generate|burn)\b/);
});
