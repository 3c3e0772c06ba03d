/** The built program as a server in a process of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const OTS = fileURLToPath(new URL('../../bin/ots.js', import.meta.url));

export interface Served {
  url: string;
  /** The line with which it said that it was ready. */
  ready: string;
  /** What it wrote to standard error. */
  errors(): string;
  kill(): Promise<void>;
  /** Asks it to stop. @returns its exit code */
  stop(): Promise<number | null>;
}

/** Starts `ots serve` and waits until it is ready. */
export async function serveProcess(args: string[], env: Record<string, string> = {}): Promise<Served> {
  const child: ChildProcess = spawn(process.execPath, [OTS, 'serve', '--port', '0', '--json', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const line = await Promise.race([
    once(child.stdout as NodeJS.ReadableStream, 'data').then(([chunk]: unknown[]) => String(chunk)),
    exited.then(() => Promise.reject(new Error(`ots serve ended: ${errors}`))),
  ]);
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    child.kill(signal);
    return (await exited)[0];
  };
  return {
    url: (JSON.parse(line) as { url: string }).url,
    ready: line,
    errors: () => errors,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  };
}

/** An answer's status and body; undefined when there was none. */
export async function ask(
  url: string,
  path: string,
  json: unknown,
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what is under test
): Promise<{ status: number; body: any } | undefined> {
  try {
    const response = await fetch(url + path, {
      method: 'POST',
      body: JSON.stringify(json),
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(10_000),
    });
    return { status: response.status, body: JSON.parse(await response.text()) as unknown };
  } catch {
    return undefined;
  }
}

/** Shares a text. @returns its identifier when that was acknowledged */
export async function shareText(url: string, text: string): Promise<string | undefined> {
  const answer = await ask(url, '/api/v3/guest/secret/conceal', { secret: { secret: text, ttl: 3600 } });
  return answer?.status === 200 ? String(answer.body.record.secret.identifier) : undefined;
}

/** Tries to reveal. @returns the text, `gone`, or `unknown` when nothing can be said */
export async function revealText(
  url: string,
  id: string,
  claim?: string,
): Promise<{ text: string } | 'gone' | 'unknown'> {
  const answer = await ask(url, `/api/v3/guest/secret/${id}/reveal`, { continue: true, claim });
  if (answer?.status === 404) return 'gone';
  const text: unknown = answer?.body?.record?.secret_value;
  return typeof text === 'string' ? { text } : 'unknown';
}
