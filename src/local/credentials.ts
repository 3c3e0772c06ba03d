/**
 * Where tokens are kept: the system's keyring, else `credentials.json` (0600 in 0700). A token belongs to the server
 * and user name that it was verified with, and is found by both together only.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OtsError } from '../core/errors.ts';
import { replaceFile, systemCode } from './files.ts';
import type { Keyring } from './keyring.ts';
import { withLock } from './lock.ts';

export type TokenPlace = 'keyring' | 'file';

export interface TokenStore {
  /** @throws OtsError `unauthorized` when the keyring cannot be asked */
  find(server: string, username: string): Promise<{ token: string; from: TokenPlace } | undefined>;
  /** Keeps a token in one place only. @returns where @throws OtsError `usage` when it can be kept nowhere */
  keep(server: string, username: string, token: string): Promise<TokenPlace>;
  /** Removes a token. @returns from where; empty when there was none @throws OtsError `usage`, `unauthorized` */
  remove(server: string, username: string): Promise<TokenPlace[]>;
}

interface KeptToken {
  server: string;
  username: string;
  token: string;
}

export function credentialsPath(configDirectory: string): string {
  return join(configDirectory, 'credentials.json');
}

/** @param keyring undefined where there is none @param now milliseconds since 1970 */
export function tokenStore(
  configDirectory: string,
  keyring: Keyring | undefined,
  now: () => number,
): TokenStore {
  const path = credentialsPath(configDirectory);
  const others = (server: string, username: string): KeptToken[] =>
    readTokens(path).filter((one) => one.server !== server || one.username !== username);
  const dropFromFile = (server: string, username: string): Promise<boolean> =>
    withLock(path, now, () => {
      const left = others(server, username);
      if (left.length === readTokens(path).length) return false;
      writeTokens(path, left);
      return true;
    });
  return {
    async find(server, username) {
      const inFile = readTokens(path).find((one) => one.server === server && one.username === username);
      if (inFile !== undefined) return { token: inFile.token, from: 'file' };
      if (keyring === undefined) return undefined;
      const { token } = await keyring({ act: 'get', account: account(server, username) }).catch(locked);
      return token === undefined ? undefined : { token, from: 'keyring' };
    },
    async keep(server, username, token) {
      const kept = await keyring?.({ act: 'set', account: account(server, username), token }).catch(
        () => undefined,
      );
      if (kept !== undefined) {
        if (readTokens(path).length > 0) await dropFromFile(server, username);
        return 'keyring';
      }
      await withLock(path, now, () =>
        writeTokens(path, [...others(server, username), { server, username, token }]),
      );
      return 'file';
    },
    async remove(server, username) {
      const from: TokenPlace[] = [];
      if (readTokens(path).length > 0 && (await dropFromFile(server, username))) from.push('file');
      const answer = await keyring?.({ act: 'remove', account: account(server, username) }).catch(
        (error: unknown) => (from.length > 0 ? undefined : locked(error)),
      );
      if (answer?.removed) from.push('keyring');
      return from;
    },
  };
}

/** The name of an entry in the keyring, where people see it. */
function account(server: string, username: string): string {
  return `${username} at ${server}`;
}

function locked(cause: unknown): never {
  throw new OtsError('unauthorized', 'the keyring with the token cannot be used', {
    hint: 'unlock it, or set OTS_USERNAME and OTS_TOKEN',
    cause,
  });
}

function readTokens(path: string): KeptToken[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(cause))) return [];
    throw unreadable(path, cause);
  }
  try {
    const { tokens } = JSON.parse(text) as { tokens: KeptToken[] };
    if (
      !tokens.every((one) =>
        [one.server, one.username, one.token].every((field) => typeof field === 'string'),
      )
    )
      throw new TypeError('a field is missing');
    return tokens;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): OtsError {
  return new OtsError('usage', `${path} cannot be read`, { hint: 'remove it, then: ots login', cause });
}

function writeTokens(path: string, tokens: KeptToken[]): void {
  try {
    replaceFile(path, `${JSON.stringify({ tokens }, null, 2)}\n`);
  } catch (cause) {
    throw new OtsError('usage', `the token cannot be kept: ${path} cannot be written`, {
      hint: 'set OTS_USERNAME and OTS_TOKEN instead',
      cause,
    });
  }
}
