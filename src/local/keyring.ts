/**
 * The system's keyring. It is asked by a process of its own: the library connects synchronously, and a message bus
 * that does not answer would stop this program for good; a child can be ended.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { OtsError } from '../core/errors.ts';

const SERVICE = 'ots';

/** What the child is asked, as one JSON object on its standard input. */
export interface KeyringQuestion {
  act: 'get' | 'set' | 'remove';
  account: string;
  token?: string;
}

/** What it answers: the token, if there is one; whether something was removed. */
export interface KeyringAnswer {
  token?: string;
  removed?: boolean;
}

export type Keyring = (question: KeyringQuestion) => Promise<KeyringAnswer>;

/**
 * Answers a question, in this process.
 *
 * On Linux the Secret Service and nothing else: the library would fall back to the kernel's keyring, which forgets
 * at reboot.
 *
 * @throws OtsError `usage` when the keyring cannot be used
 */
export const answerFromKeyring: Keyring = async ({ act, account, token }) => {
  try {
    const { AsyncEntry } = await import('@napi-rs/keyring');
    const entry = new AsyncEntry(SERVICE, account, { linux: { store: 'secret-service' } });
    if (act === 'remove') return { removed: await entry.deleteCredential() };
    if (act === 'set' && token !== undefined) await entry.setPassword(token);
    const kept = await entry.getPassword();
    if (act === 'set' && kept !== token) throw new Error('another token came back');
    return kept === null ? {} : { token: kept };
  } catch (cause) {
    throw new OtsError('usage', 'the keyring cannot be used', { cause });
  }
};

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Access to the keyring through a child.
 *
 * @param self the command that runs this program
 * @param timeoutMs bounds every question: a keyring may be waiting for its own password
 * @returns undefined where there can be no keyring: Linux without a message bus
 */
export function openKeyring(self: readonly string[], env: Env, timeoutMs: number): Keyring | undefined {
  const [program, ...args] = self;
  if (program === undefined || (platform() === 'linux' && !hasBus(env))) return undefined;
  return async (question) => {
    const answer = await ask(program, [...args, '__keyring', '--json'], env, question, timeoutMs);
    if (answer === undefined || 'error' in answer) {
      throw new OtsError('usage', 'the keyring cannot be used', { hint: 'is it locked?' });
    }
    return answer;
  };
}

function hasBus(env: Env): boolean {
  if (env['DBUS_SESSION_BUS_ADDRESS']) return true;
  return env['XDG_RUNTIME_DIR'] !== undefined && existsSync(join(env['XDG_RUNTIME_DIR'], 'bus'));
}

/** @returns undefined when the child failed, or was ended for taking too long */
function ask(
  program: string,
  args: string[],
  env: Env,
  question: KeyringQuestion,
  timeoutMs: number,
): Promise<KeyringAnswer | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      // The child needs to know where the bus is, and none of this program's secrets.
      env: Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('OTS_'))),
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const chunks: Buffer[] = [];
    // By hand: a `timeout` of spawn would leave the promise waiting for pipes that a grandchild holds.
    const settle = (answer: KeyringAnswer | undefined): void => {
      clearTimeout(deadline);
      child.kill('SIGKILL');
      resolve(answer);
    };
    const deadline = setTimeout(() => settle(undefined), timeoutMs);
    child.once('error', () => settle(undefined));
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('close', () => settle(parseAnswer(Buffer.concat(chunks).toString())));
    child.stdin.end(JSON.stringify(question));
  });
}

function parseAnswer(text: string): KeyringAnswer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as KeyringAnswer) : undefined;
  } catch {
    return undefined;
  }
}
