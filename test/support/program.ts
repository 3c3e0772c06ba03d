/**
 * The built program as people and scripts run it: a process of its own, real pipes, a home that is thrown away.
 *
 * Whatever test uses it, no run may print the key of a link on stderr: that is checked after every run.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, expect } from 'vitest';
import { startServer } from '../../src/server/listen.ts';
import { type Asked, type Reply, serve } from './remote-serve.ts';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const PROGRAM = join(ROOT, 'bin', 'ots.js');
const MAX_RUN_MS = 15_000;

export interface Run {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: Buffer;
  stderr: string;
  /** stdout as text. */
  text: string;
  /** The lines of stdout as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what is under test
  readonly rows: any[];
}

export interface Given {
  /** Nothing (/dev/null) unless given; chunks are written as they come. */
  stdin?: string | Uint8Array | AsyncIterable<string | Uint8Array>;
  env?: Record<string, string>;
  cwd?: string;
  /** Closes the pipe behind stdout at once. */
  deaf?: boolean;
}

/** Somebody with a machine: a home, a folder to work in, a configured server. */
export interface Person {
  home: string;
  folder: string;
  /** Where the program keeps receipts and what it recovered. */
  state: string;
  env: Record<string, string>;
  ots(args: string[], given?: Given): Promise<Run>;
  /** Shares, expects success, returns the link. */
  share(secret: string | Uint8Array, args?: string[], given?: Given): Promise<string>;
  /** What waits in `recovered/`, reservations included. */
  recovered(): string[];
}

const scratch: string[] = [];
const fragments = new Set<string>();

afterAll(() => {
  for (const folder of scratch) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is removed after the test file. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ots-e2e-'));
  scratch.push(folder);
  return folder;
}

export function person(server?: string, program = PROGRAM): Person {
  const home = scratchFolder();
  const folder = join(home, 'work');
  mkdirSync(folder);
  const state = join(home, 'state', 'ots');
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CACHE_HOME: join(home, 'cache'),
    TMPDIR: home,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    ...(server !== undefined && { OTS_SERVER: server }),
  };
  const ots: Person['ots'] = (args, given = {}) =>
    run(process.execPath, [program, ...args], {
      ...given,
      cwd: given.cwd ?? folder,
      env: { ...env, ...given.env },
    });
  return {
    home,
    folder,
    state,
    env,
    ots,
    async share(secret, args = [], given = {}) {
      const shared = await ots(['share', ...args], { ...given, stdin: secret });
      expect(shared, shared.stderr).toMatchObject({ code: 0 });
      expect(shared.stderr).not.toContain('could not be kept');
      return shared.text.trimEnd();
    },
    recovered() {
      try {
        return readdirSync(join(state, 'recovered')).sort();
      } catch {
        return [];
      }
    },
  };
}

/** Runs any program to its end. */
export function run(
  command: string,
  args: string[],
  { stdin, env, cwd, deaf }: Given & { env: Record<string, string>; cwd: string },
): Promise<Run> {
  return new Promise((resolve, reject) => {
    for (const word of args) rememberFragments(word);
    const input = stdin === undefined ? 'ignore' : 'pipe';
    const child = spawn(command, args, { cwd, env, stdio: [input, 'pipe', 'pipe'], timeout: MAX_RUN_MS });
    if (stdin !== undefined && child.stdin) {
      // A program that refuses early need not read to the end.
      child.stdin.on('error', () => undefined);
      if (typeof stdin === 'string' || stdin instanceof Uint8Array) child.stdin.end(stdin);
      else Readable.from(stdin).pipe(child.stdin);
    }
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    if (deaf) child.stdout?.destroy();
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const stdout = Buffer.concat(out);
      const stderr = Buffer.concat(err).toString();
      const text = stdout.toString();
      rememberFragments(text);
      for (const fragment of fragments) {
        if (stderr.includes(fragment)) {
          reject(new Error(`the key of a link is on stderr of: ots ${args.slice(1).join(' ')}\n${stderr}`));
          return;
        }
      }
      const rows = () =>
        text
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as unknown);
      resolve({
        code,
        signal,
        stdout,
        stderr,
        text,
        get rows() {
          return rows();
        },
      });
    });
  });
}

function rememberFragments(text: string): void {
  for (const [, fragment] of text.matchAll(/\/secret\/[0-9A-Za-z]+#([1-9A-HJ-NP-Za-km-z]{49})/g)) {
    fragments.add(fragment ?? '');
  }
}

/** A link taken apart. */
export function partsOf(link: string): { base: string; path: string; id: string; fragment: string } {
  const match = /^((https?:\/\/[^/]+)\/secret\/([0-9A-Za-z]+))(?:#(.*))?$/.exec(link);
  if (match === null) throw new Error('this is no link');
  const [, path = '', base = '', id = '', fragment = ''] = match;
  return { base, path, id, fragment };
}

export interface TestServer {
  url: string;
  /** Every request so far, with its body. */
  asked: Asked[];
  /** Requests that spend a secret. */
  reveals(): number;
  /** Requests that create one. */
  conceals(): number;
  /** Ends it, and with it all its secrets. */
  kill(): Promise<void>;
}

/**
 * Runs `act` with a server of its own, every request of which passes through a recorder.
 *
 * @param options `before` delays a request on its way to the server, or answers in its place
 */
export async function withServer<T>(
  act: (server: TestServer) => Promise<T>,
  {
    before,
    ...options
  }: { maxTextBytes?: number; before?: (asked: Asked) => Promise<Reply | undefined> | Promise<void> } = {},
): Promise<T> {
  const server = await startServer({ port: 0, now: Date.now, passphraseCost: 2, ...options });
  const relay = await serve(async (asked) => {
    const instead = await before?.(asked);
    if (instead) return instead;
    const { method, path, headers, body } = asked;
    const type = headers['content-type'];
    const sent = { body, headers: type === undefined ? {} : { 'content-type': type } };
    try {
      const answer = await fetch(server.url + path, { method, ...(method === 'GET' ? {} : sent) });
      const kept = [...answer.headers].filter(([name]) => name === 'content-type' || name.startsWith('o-'));
      return { status: answer.status, headers: Object.fromEntries(kept), body: await answer.text() };
    } catch {
      // Killed meanwhile.
      return 'close';
    }
  });
  const kill = async (): Promise<void> => {
    await relay.close();
    await server.close();
  };
  try {
    return await act({
      url: relay.url,
      asked: relay.asked,
      reveals: () => relay.count('POST', /\/reveal$|\/api\/v1\/secret\//),
      conceals: () => relay.count('POST', /\/(?:conceal|share)$/),
      kill,
    });
  } finally {
    await kill();
  }
}
