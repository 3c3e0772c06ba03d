/** The profile in use: the tables of `config.toml` that apply, and the token that was kept for it. */
import { dirname, resolve } from 'node:path';
import { OtsError } from '../core/index.ts';
import { type ConfigKey, type ConfigTable, configPath, readConfig } from '../local/config.ts';
import type { TokenPlace, TokenStore } from '../local/credentials.ts';
import type { Credentials } from '../remote/types.ts';
import type { Context, GlobalOptions } from './context.ts';

export interface Profile {
  /** Undefined: only what stands at the top of the file. */
  name: string | undefined;
  /** The profile's values over those at the top. */
  values: ConfigTable;
  /** The file, for messages; undefined when there is none. */
  path: string | undefined;
}

/** Credentials, and the place that they were kept in; none for those of the environment. */
export interface KeptCredentials extends Credentials {
  from?: TokenPlace;
}

/**
 * Reads the configuration and chooses the profile: --profile, OTS_PROFILE, `profile` in the file.
 *
 * @param mayBeNew for a command that is about to make the profile
 * @throws OtsError `usage` for a broken file, or a profile that does not exist
 */
export async function loadProfile(ctx: Context, options: GlobalOptions, mayBeNew = false): Promise<Profile> {
  const config = await readConfig(ctx.paths.config);
  const name = options.profile ?? (ctx.env['OTS_PROFILE'] || config?.defaultProfile);
  const table = name === undefined ? {} : config?.profiles.get(name);
  if (table === undefined && !mayBeNew) {
    const known = [...(config?.profiles.keys() ?? [])];
    throw new OtsError(
      'usage',
      `there is no such profile${known.length === 0 ? '' : `; there are ${known.join(', ')}`}`,
      { hint: `ots login --profile NAME makes one (${configPath(ctx.paths.config)})` },
    );
  }
  const own = table ?? {};
  const top: ConfigTable = { ...config?.top };
  // A server in the profile replaces a region at the top, and the other way round.
  if (own.server !== undefined || own.region !== undefined) {
    delete top.server;
    delete top.region;
    // An account belongs to its server.
    delete top.username;
    delete top.domain;
  }
  return { name, values: { ...top, ...own }, path: config?.path };
}

/** Reads a value of the configuration; what is wrong with it is told with the file's path. @throws OtsError `usage` */
export function fromProfile<T>(profile: Profile, key: ConfigKey, read: (text: string) => T): T | undefined {
  const text = profile.values[key];
  if (text === undefined) return undefined;
  try {
    return read(text);
  } catch (cause) {
    const why = cause instanceof OtsError ? cause.message : 'cannot be read';
    throw new OtsError('usage', `${profile.path}: ${key}: ${why}`, {
      hint: `ots config set ${key} VALUE, or edit the file`,
      cause,
    });
  }
}

/** `ca_file` is relative to the file that names it. */
export function caFileOf({ values, path }: Profile): string | undefined {
  return values.ca_file === undefined || path === undefined
    ? undefined
    : resolve(dirname(path), values.ca_file);
}

/** Where tokens are kept; the keyring is asked only when it is needed. */
export async function openTokens(ctx: Context, timeoutMs: number): Promise<TokenStore> {
  const { tokenStore } = await import('../local/credentials.ts');
  const { openKeyring } = await import('../local/keyring.ts');
  return tokenStore(ctx.paths.config, openKeyring(ctx.self ?? [], ctx.env, timeoutMs), ctx.now);
}

/**
 * The token kept for the profile's account. A configured account without one is a warning, not a silent guest.
 *
 * @throws OtsError `unauthorized` when the keyring cannot be asked
 */
export async function keptCredentials(
  ctx: Context,
  profile: Profile,
  baseUrl: string,
  timeoutMs: number,
): Promise<KeptCredentials | undefined> {
  const { username } = profile.values;
  if (username === undefined) return undefined;
  const tokens = await openTokens(ctx, timeoutMs);
  const found = await tokens.find(baseUrl, username);
  if (found === undefined) {
    ctx.io.warn(
      'the configured account has no token here, so this goes on without an account; see: ots login',
    );
    return undefined;
  }
  return { username, ...found };
}
