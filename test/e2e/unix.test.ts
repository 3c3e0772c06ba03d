/** What a shell expects of a program: closed pipes, signals, and their exit codes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PROGRAM, person, run, withServer } from '../support/program.ts';
import { serve } from '../support/remote-serve.ts';
import { serveProcess } from '../support/serve.ts';

/** Somebody with more receipts than a pipe holds. */
function busyPerson(server?: string) {
  const who = person(server);
  mkdirSync(who.state, { recursive: true });
  const one = {
    server: 'https://eu.onetimesecret.com',
    created_at: '2026-01-01T00:00:00.000Z',
    expires_at: null,
  };
  const rest = { label: null, encrypted: true, has_passphrase: false, gated: false, state: 'new' };
  const line = (_: unknown, index: number): string => {
    const id = String(index).padStart(31, '0');
    return `${JSON.stringify({ ...one, receipt_id: `r${id}`, secret_id: `s${id}`, ...rest })}\n`;
  };
  writeFileSync(join(who.state, 'receipts.jsonl'), Array.from({ length: 3000 }, line).join(''));
  return who;
}

describe('a reader that has had enough', () => {
  test.each([[['receipts']], [['receipts', '--json']]])('ends %j quietly', async (words) => {
    const who = busyPerson();
    const script = '"$0" "$@" 2> errors | head -n 1';
    const ran = await run('/bin/sh', ['-c', script, process.execPath, PROGRAM, ...words], {
      ...who,
      cwd: who.folder,
    });
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.text.split('\n')).toHaveLength(2);
    const alone = await who.ots(words, { deaf: true });
    expect(alone).toMatchObject({ code: 9, stderr: '', signal: null });
  });

  test('is told by commands that have something to lose', () =>
    withServer(async (server) => {
      const who = person(server.url);
      expect((await who.ots(['reveal', await who.share('x')], { deaf: true })).stderr).toContain(
        'is kept in',
      );
      expect((await who.ots(['share'], { stdin: 'x', deaf: true })).stderr).toContain('nobody has the link');
    }));
});

describe('a signal', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    '%s while a server is asked about a link ends at once: a shell sees %i',
    async (signal, code) => {
      let asked = (): void => undefined;
      const waiting = new Promise<void>((resolve) => {
        asked = resolve;
      });
      const silent = await serve(() => {
        asked();
        return 'hang';
      });
      const who = person(silent.url);
      const args = [PROGRAM, 'status', `${silent.url}/secret/${'a'.repeat(31)}`];
      const child = spawn(process.execPath, args, { env: who.env, stdio: 'ignore' });
      const ended = once(child, 'exit');
      await waiting;
      child.kill(signal);
      const [exitCode, by] = (await ended) as [number | null, NodeJS.Signals | null];
      expect(exitCode ?? 128 + constants.signals[by ?? 'SIGKILL']).toBe(code);
      await silent.close();
    },
  );

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s stops a server, which drains and ends with 0',
    async (signal) => {
      const who = person();
      const args = [PROGRAM, 'serve', '--port', '0', '--json'];
      const child = spawn(process.execPath, args, { env: who.env, stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = once(child, 'exit');
      await once(child.stdout, 'data');
      child.kill(signal);
      expect(await ended).toEqual([0, null]);
    },
  );

  test('SIGTERM to a server ends requests under way properly', async () => {
    const server = await serveProcess([]);
    expect(await person(server.url).ots(['status', `${server.url}/secret/${'a'.repeat(31)}`])).toMatchObject({
      code: 3,
    });
    expect(await server.stop()).toBe(0);
  });
});

test.each([['--version'], [''], ['--help'], ['help share'], ['share --help']])(
  'standard output full or without a reader, for: ots %s',
  async (words) => {
    const who = person();
    const script = `"$0" "$1" ${words}`;
    const shell = (redirected: string) =>
      run('/bin/sh', ['-c', `${script} ${redirected}`, process.execPath, PROGRAM], {
        ...who,
        cwd: who.folder,
      });
    expect(await shell('> /dev/full')).toMatchObject({
      code: 9,
      stderr: expect.stringMatching(/^ots: standard output could not be written\n/),
    });
    expect(await shell('| true')).toMatchObject({ code: 0, stderr: '' });
  },
);
