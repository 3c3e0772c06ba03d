/**
 * What reaches the disk before what, seen from outside: `strace` records the system calls of the built program, or
 * makes one of them fail as a file system might.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Person, PROGRAM, person, type Run, run, withServer } from '../support/program.ts';

const CALLS = 'openat,mkdir,fsync,rename,link,unlink,write,writev,sendto,sendmsg';

/** Runs the program under strace. @returns its run, and the calls, one a line, with the paths of descriptors */
async function traced(
  who: Person,
  args: string[],
  more: string[] = [],
): Promise<{ ran: Run; calls: string[] }> {
  const log = join(who.home, 'strace');
  const options = ['-f', '-y', '-s', '400', '-o', log, '-e', `trace=${CALLS}`, ...more];
  const ran = await run('strace', [...options, process.execPath, PROGRAM, ...args], {
    cwd: who.folder,
    env: { ...who.env, UV_USE_IO_URING: '0' },
  });
  return { ran, calls: readFileSync(log, 'utf8').split('\n') };
}

/** Where the calls are that match, in this order. */
function positions(calls: string[], patterns: RegExp[]): number[] {
  let from = 0;
  return patterns.map((pattern) => {
    const found = calls.findIndex((call, index) => index >= from && pattern.test(call));
    expect(found, `${String(pattern)} is missing, or came too early`).toBeGreaterThan(-1);
    from = found + 1;
    return found;
  });
}

test('room and claim are on disk before the request; the output before the acknowledgement and the removal', () =>
  withServer(async (server) => {
    const who = person();
    const link = await person(server.url).share('ordered');
    const { ran, calls } = await traced(who, ['reveal', link, '-o', 'out']);
    expect(ran).toMatchObject({ code: 0 });
    positions(calls, [
      /mkdir\("[^"]*\/recovered"/,
      /fsync\(\d+<[^>]*\/state\/ots>\) += 0/,
      /fsync\(\d+<[^>]*\.reserved>\) += 0/,
      /fsync\(\d+<[^>]*\.claim>\) += 0/,
      /fsync\(\d+<[^>]*\/recovered>\) += 0/,
      /POST \/api\/v3\/guest\/secret\/[^/]+\/reveal/,
      /rename\("[^"]*\.reserved", "[^"]*\.ots"\) += 0/,
      /fsync\(\d+<[^>]*\.part>\) += 0/,
      /link\("[^"]*\.part", "[^"]*\/out"\) += 0/,
      /fsync\(\d+<[^>]*\/work>\) += 0/,
      /POST \/api\/v3\/guest\/secret\/[^/]+\/acknowledge/,
      /unlink\("[^"]*\.ots"\) += 0/,
    ]);
  }));

test('what is rescued is flushed, and its name too, before the server is told that it may forget', () =>
  withServer(async (server) => {
    const who = person();
    const link = await person(server.url).share('rescued');
    const { ran, calls } = await traced(who, ['reveal', link, '-o', '/dev/full']);
    expect(ran).toMatchObject({ code: 9 });
    positions(calls, [
      /POST \/api\/v3\/guest\/secret\/[^/]+\/reveal/,
      /fsync\(\d+<[^>]*\.ots>\) += 0/,
      /fsync\(\d+<[^>]*\/recovered>\) += 0/,
      /POST \/api\/v3\/guest\/secret\/[^/]+\/acknowledge/,
    ]);
    const path = join(who.state, 'recovered', who.recovered()[0] ?? '');
    const opened = await traced(who, ['decrypt', '--link', link, '-o', 'out', path]);
    expect(opened.ran.code).toBe(0);
    positions(opened.calls, [/fsync\(\d+<[^>]*\/work>\) += 0/, /unlink\("[^"]*\.ots"\) += 0/]);
  }));

test('a file system without links, as on memory cards: the output is written all the same, and never over another', () =>
  withServer(async (server) => {
    const who = person();
    const sender = person(server.url);
    const without = ['-e', 'inject=link:error=EPERM'];
    const { ran } = await traced(who, ['reveal', await sender.share('first'), '-o', 'out'], without);
    expect(ran).toMatchObject({ code: 0 });
    expect(readFileSync(join(who.folder, 'out'), 'utf8')).toBe('first');
    const named = await traced(
      who,
      ['reveal', await sender.share('second', ['--name', 'out']), '-O'],
      without,
    );
    expect(named.ran.code).toBe(0);
    expect(readFileSync(join(who.folder, 'out'), 'utf8')).toBe('first');
    expect(readFileSync(join(who.folder, 'out-1'), 'utf8')).toBe('second');
    expect(readdirSync(who.folder).sort()).toEqual(['out', 'out-1']);
  }));

test.each(['ENOSPC', 'EIO', 'EDQUOT'])(
  'a disk that tells only at flushing that it failed (%s): nothing is spent',
  (code) =>
    withServer(async (server) => {
      const who = person();
      const link = await person(server.url).share('y');
      const refused = await traced(who, ['reveal', link, '-o', 'out'], ['-e', `inject=fsync:error=${code}`]);
      expect(refused.ran).toMatchObject({ code: 2, text: '' });
      expect(server.reveals()).toBe(0);
      expect(existsSync(join(who.folder, 'out'))).toBe(false);
      expect(who.recovered()).toEqual([]);
    }),
);
