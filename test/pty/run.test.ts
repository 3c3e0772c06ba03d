/** `ots run` between a command and the signals that are meant for it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gate } from '../support/faults.ts';
import { PROGRAM, person, withServer } from '../support/program.ts';
import { onTerminal } from '../support/pty.ts';

/** Says that it is ready, then which signals it got, until something arrives on standard input. */
const LISTENER = `
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'])
  process.on(name, () => console.log(name));
process.stdin.resume().on('data', () => process.exit(5));
console.log('ready');
`;

/** Resolves with everything printed once it matches. */
function printed(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (pattern.test(text)) resolve(text);
    });
    child.once('close', () => reject(new Error(`ended after: ${text}`)));
  });
}

test('signals are passed on, and ots ends when the command does', () =>
  withServer(async (server) => {
    const who = person(server.url);
    writeFileSync(join(who.folder, 'listen.mjs'), LISTENER);
    const link = await who.share('x');
    const args = [PROGRAM, 'run', '--env', `A=${link}`, '--', process.execPath, 'listen.mjs'];
    const child = spawn(process.execPath, args, {
      env: who.env,
      cwd: who.folder,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    await printed(child, /ready/);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const) {
      const heard = printed(child, new RegExp(signal));
      child.kill(signal);
      await heard;
    }
    child.stdin?.end('enough');
    expect(await ended).toEqual([5, null]);
  }));

test('a command that a passed signal ends gives 128 and its number', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const args = [
      PROGRAM,
      'run',
      '--env',
      `A=${await who.share('x')}`,
      '--',
      'sh',
      '-c',
      'echo ready; exec sleep 60',
    ];
    const child = spawn(process.execPath, args, { env: who.env, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    await printed(child, /ready/);
    child.kill('SIGTERM');
    expect(await ended).toEqual([143, null]);
  }));

test('Ctrl-C reaches the command once, from the terminal itself', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const script =
      'trap "echo interrupted; n=x$n" INT; echo ready; read line; read line; echo "count $n"; exit 3';
    writeFileSync(join(who.folder, 'command'), script);
    const env = { A: await who.share('x') };
    const terminal = onTerminal(who, 'trap : INT; ots run --env A -- sh ./command; echo "code $?"', env);
    await terminal.waitFor('ready');
    terminal.type('\u0003');
    await terminal.waitFor('interrupted');
    terminal.type('\r');
    terminal.type('\r');
    await terminal.waitFor(/count x\r?\n/);
    await terminal.waitFor('code 3');
    await terminal.ended;
  }));

test('the command can talk to the terminal, after a passphrase was asked for', () =>
  withServer(async (server) => {
    const who = person(server.url);
    const env = { A: await who.share('the value', [], { env: { OTS_PASSPHRASE: 'a long passphrase' } }) };
    const script = 'ots run --env A -- sh -c \'read -r line; echo "$A and $line"\'';
    const terminal = onTerminal(who, script, env);
    await terminal.waitFor('Passphrase:');
    terminal.type('a long passphrase\r');
    await terminal.waitFor('\n');
    terminal.type('typed\r');
    await terminal.waitFor('the value and typed');
    expect(await terminal.ended).toBe(0);
  }));

test('interrupted while secrets are on their way: exit 130, the command is not run, what came is kept', async () => {
  const { before, arrived: asked, open: release } = gate(/\/reveal$/);
  await withServer(
    async (server) => {
      const who = person(server.url);
      const env = { ...who.env, A: await who.share('first'), B: await who.share('second') };
      const args = [PROGRAM, 'run', '--env', 'A', '--env', 'B', '--', 'echo', 'was run'];
      const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      const noted = new Promise<void>((resolve) => {
        child.stderr.on('data', (chunk: Buffer) => {
          said += chunk.toString();
          if (said.includes('on their way')) resolve();
        });
      });
      const ended = once(child, 'close');
      await asked;
      child.kill('SIGTERM');
      await noted;
      release();
      expect(await ended).toEqual([130, null]);
      expect(said).toMatch(/interrupted by SIGTERM; the command was not run.*A in /);
      expect(said).not.toContain('was run\n');
      expect(server.reveals()).toBe(1);
      expect(who.recovered()).toHaveLength(1);
    },
    { before },
  );
});
