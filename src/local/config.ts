/**
 * `config.toml`: defaults at its top, and a table `[profiles.NAME]` for each server or account. Never a token.
 * Read strictly, since a misspelt key would mean another server; changed line by line, under a lock.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { OtsError } from '../core/errors.ts';
import { headingOf, lineOf, withoutValue, withValue } from './config-edit.ts';
import { replaceFile, systemCode } from './files.ts';
import { withLock } from './lock.ts';

/** What a profile, and the top of the file, may set. */
export const CONFIG_KEYS = [
  'server',
  'region',
  'api',
  'ttl',
  'timeout',
  'max_size',
  'ca_file',
  'domain',
  'username',
] as const;
export type ConfigKey = (typeof CONFIG_KEYS)[number];
export type ConfigTable = Partial<Record<ConfigKey, string>>;

export interface Config {
  path: string;
  text: string;
  /** The profile that is used when none is asked for. */
  defaultProfile: string | undefined;
  top: ConfigTable;
  profiles: ReadonlyMap<string, ConfigTable>;
}

/** One change. Without a value the key is removed. */
export interface ConfigChange {
  /** Its table; undefined for the top of the file. */
  profile: string | undefined;
  key: ConfigKey | 'profile';
  value?: string;
}

const TOKEN_KEYS = /^(?:api_?)?(?:token|key|password|secret)$/i;

export function configPath(configDirectory: string): string {
  return join(configDirectory, 'config.toml');
}

/** Whether a word may be a profile's name: what TOML takes without quotes. */
export function isProfileName(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(name);
}

/**
 * Reads the file.
 *
 * @returns undefined when there is none
 * @throws OtsError `usage` with path and line
 */
export async function readConfig(configDirectory: string): Promise<Config | undefined> {
  const path = configPath(configDirectory);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(cause))) return undefined;
    throw new OtsError('usage', `${path} cannot be read`, { hint: 'check its permissions', cause });
  }
  return parseConfig(path, text);
}

async function parseConfig(path: string, text: string): Promise<Config> {
  const { parse, TomlError } = await import('smol-toml');
  let root: Record<string, unknown>;
  try {
    root = parse(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    // The library's own message quotes the line; a token may stand there.
    throw broken(`${path}:${cause.line}`, 'this is not TOML', cause);
  }
  const { profiles: tables = {}, profile, ...rest } = root;
  if (profile !== undefined && typeof profile !== 'string')
    throw broken(at(path, text, undefined, 'profile'), 'profile is the name of a profile, in quotes');
  if (!isTable(tables)) throw broken(path, 'profiles are tables, like [profiles.work]');
  const profiles = new Map<string, ConfigTable>();
  for (const [name, table] of Object.entries(tables)) {
    if (!isTable(table)) throw broken(path, 'profiles are tables, like [profiles.work]');
    profiles.set(name, readTable(path, text, name, table));
  }
  return {
    path,
    text,
    defaultProfile: profile,
    top: readTable(path, text, undefined, rest),
    profiles,
  };
}

function readTable(path: string, text: string, name: string | undefined, table: object): ConfigTable {
  const values: ConfigTable = {};
  for (const [key, value] of Object.entries(table) as [string, unknown][]) {
    const place = at(path, text, name, key);
    if (TOKEN_KEYS.test(key))
      throw broken(place, 'a token does not belong into this file; remove it, then: ots login');
    if (!isConfigKey(key)) {
      throw broken(
        place,
        `there is no setting of this name; there are ${CONFIG_KEYS.join(', ')}${name === undefined ? ', profile' : ''}`,
      );
    }
    if (typeof value !== 'string' && typeof value !== 'number')
      throw broken(place, `${key} takes a text in quotes`);
    values[key] = String(value);
  }
  if (values.server !== undefined && values.region !== undefined)
    throw broken(at(path, text, name, 'region'), 'server and region exclude each other here');
  return values;
}

function at(path: string, text: string, profile: string | undefined, key: string): string {
  const line = lineOf(text, profile, key) ?? (profile === undefined ? undefined : headingOf(text, profile));
  return line === undefined ? path : `${path}:${line}`;
}

function broken(place: string, what: string, cause?: unknown): OtsError {
  return new OtsError('usage', `${place}: ${what}`, {
    hint: 'nothing was done; put the file right first',
    cause,
  });
}

export function isConfigKey(key: string): key is ConfigKey {
  return (CONFIG_KEYS as readonly string[]).includes(key);
}

function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** What to set so that a table has these values and no others of the same meaning. */
export function changesFor(profile: string | undefined, values: ConfigTable): ConfigChange[] {
  const changes: ConfigChange[] = [];
  for (const [key, value] of Object.entries(values) as [ConfigKey, string][]) {
    if (key === 'server') changes.push({ profile, key: 'region' });
    if (key === 'region') changes.push({ profile, key: 'server' });
    changes.push({ profile, key, value });
  }
  return changes;
}

/**
 * Changes the file, or makes it: in one step, and never at the same time as another program.
 *
 * @param now milliseconds since 1970
 * @returns whether anything is different now
 * @throws OtsError `usage` for a file that is broken, or written in a way that cannot be changed line by line
 */
export async function changeConfig(
  configDirectory: string,
  changes: ConfigChange[],
  now: () => number,
): Promise<boolean> {
  const path = configPath(configDirectory);
  return withLock(path, now, async () => {
    const before = await readConfig(configDirectory);
    let text = before?.text ?? '';
    for (const { profile, key, value } of changes)
      text = value === undefined ? withoutValue(text, profile, key) : withValue(text, profile, key, value);
    if (text === (before?.text ?? '')) {
      if (before !== undefined) checkChanged(before, changes);
      return false;
    }
    const after = await parseConfig(path, text).catch(() => undefined);
    if (after === undefined) throw unchangeable(path);
    checkChanged(after, changes);
    write(path, text);
    return true;
  });
}

/** The file as it would be now must say what was asked for, however its tables are written. */
function checkChanged(after: Config, changes: ConfigChange[]): void {
  const last = new Map(changes.map((change) => [`${change.profile ?? ''} ${change.key}`, change]));
  for (const { profile, key, value } of last.values()) {
    const table = profile === undefined ? after.top : after.profiles.get(profile);
    const found = key === 'profile' ? after.defaultProfile : table?.[key];
    if (found !== value) throw unchangeable(after.path);
  }
}

function write(path: string, text: string): void {
  let target = path;
  try {
    // A link to a file kept elsewhere (dotfiles) stays a link.
    target = realpathSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
  try {
    replaceFile(target, text);
  } catch (cause) {
    throw new OtsError('usage', `${path} cannot be written`, { hint: 'check its permissions', cause });
  }
}

function unchangeable(path: string): OtsError {
  return new OtsError('usage', `${path} is written in a way that ots does not change`, {
    hint: 'edit it by hand: one setting a line, below [profiles.NAME]',
  });
}
