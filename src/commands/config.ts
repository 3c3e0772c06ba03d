/** `ots config`: reads and changes `config.toml`. Values are checked before they are written. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { OtsError, parseDuration, parseSize } from '../core/index.ts';
import { printTable } from '../io/table.ts';
import {
  CONFIG_KEYS,
  type ConfigKey,
  changeConfig,
  changesFor,
  configPath,
  isConfigKey,
  isProfileName,
  readConfig,
} from '../local/config.ts';
import type { Context, GlobalOptions } from './context.ts';
import { parseApi, parseRegion, parseServer, parseTimeout } from './settings.ts';

type Key = ConfigKey | 'profile';

/** Runs one action. @returns 3 for `get` of what is not set @throws OtsError `usage` */
export async function config(ctx: Context, words: string[], options: GlobalOptions): Promise<number> {
  const [action, key, value] = words;
  const [least, most] = { path: [1, 1], list: [1, 1], get: [2, 2], set: [3, 3], unset: [2, 2] }[
    action as string
  ] ?? [0, 0];
  if (most === 0 || words.length < (least ?? 0) || words.length > (most ?? 0)) {
    throw new OtsError('usage', 'ots config takes get KEY, set KEY VALUE, unset KEY, list or path', {
      hint: 'for example: ots config set region us',
    });
  }
  if (action === 'path') await printPath(ctx);
  else if (action === 'list') await list(ctx, options);
  else {
    const known = checkKey(key ?? '');
    const profile = await profileFor(ctx, known, options);
    if (action === 'get') return get(ctx, known, profile);
    await change(ctx, known, profile, action === 'set' ? (value ?? '') : undefined);
  }
  return 0;
}

async function printPath(ctx: Context): Promise<void> {
  const path = configPath(ctx.paths.config);
  if (ctx.io.json) await ctx.io.outJson({ path, exists: existsSync(path) });
  else await ctx.io.out(`${path}\n`);
}

function checkKey(key: string): Key {
  if (key === 'profile' || isConfigKey(key)) return key;
  if (/token|password/i.test(key)) {
    throw new OtsError('usage', 'a token is never kept in config.toml', {
      hint: 'ots login keeps it safely',
    });
  }
  throw new OtsError('usage', `there is no such setting; there are ${CONFIG_KEYS.join(', ')}, profile`, {
    hint: 'see: ots help config',
  });
}

/** The table that is meant: that of --profile or OTS_PROFILE, else the top of the file. */
async function profileFor(ctx: Context, key: Key, options: GlobalOptions): Promise<string | undefined> {
  const profile = options.profile ?? (ctx.env['OTS_PROFILE'] || undefined);
  if (key === 'profile') return undefined;
  if (profile !== undefined && !isProfileName(profile)) {
    throw new OtsError('usage', 'a profile has a name of letters, digits, - and _', {
      hint: 'check --profile and OTS_PROFILE',
    });
  }
  return profile;
}

async function get(ctx: Context, key: Key, profile: string | undefined): Promise<number> {
  const found = await readConfig(ctx.paths.config);
  const table = profile === undefined ? found?.top : found?.profiles.get(profile);
  const value = key === 'profile' ? found?.defaultProfile : table?.[key];
  if (ctx.io.json) await ctx.io.outJson({ key, profile: profile ?? null, value: value ?? null });
  else if (value !== undefined) await ctx.io.out(`${value}\n`);
  else ctx.io.note(`${key} is not set${profile === undefined ? '' : ` in profile ${profile}`}`);
  return value === undefined ? 3 : 0;
}

async function list(ctx: Context, options: GlobalOptions): Promise<void> {
  const found = await readConfig(ctx.paths.config);
  const rows: { profile: string | null; key: string; value: string }[] = [];
  if (options.profile === undefined) {
    if (found?.defaultProfile !== undefined)
      rows.push({ profile: null, key: 'profile', value: found.defaultProfile });
    for (const [key, value] of Object.entries(found?.top ?? {})) rows.push({ profile: null, key, value });
  }
  for (const [profile, table] of found?.profiles ?? []) {
    if (options.profile !== undefined && options.profile !== profile) continue;
    for (const [key, value] of Object.entries(table)) rows.push({ profile, key, value });
  }
  if (ctx.io.json) {
    for (const row of rows) await ctx.io.outJson(row);
    return;
  }
  if (rows.length === 0) ctx.io.noteOnTerminal('nothing is set');
  else {
    const cells = rows.map(({ profile, key, value }) => [profile ?? '-', key, value]);
    await printTable(ctx.io, ['PROFILE', 'KEY', 'VALUE'], cells);
  }
}

async function change(
  ctx: Context,
  key: Key,
  profile: string | undefined,
  value: string | undefined,
): Promise<void> {
  if (value !== undefined) await check(ctx, key, value);
  const changes =
    value === undefined || key === 'profile'
      ? [{ profile, key, ...(value !== undefined && { value }) }]
      : changesFor(profile, { [key]: key === 'ca_file' ? resolve(ctx.cwd, value) : value });
  const changed = await changeConfig(ctx.paths.config, changes, ctx.now);
  if (ctx.io.json) await ctx.io.outJson({ key, profile: profile ?? null, value: value ?? null, changed });
  else if (value === undefined && !changed) ctx.io.note(`${key} was not set`);
}

/** @throws OtsError `usage` for a value that would be refused later */
async function check(ctx: Context, key: Key, value: string): Promise<void> {
  if (value === '' || /\p{Cc}/u.test(value))
    throw new OtsError('usage', `${key} takes a text without control characters`, {
      hint: 'to remove it: ots config unset',
    });
  const checks: Partial<Record<Key, (text: string) => unknown>> = {
    server: parseServer,
    region: parseRegion,
    api: parseApi,
    ttl: parseDuration,
    timeout: parseTimeout,
    max_size: parseSize,
  };
  checks[key]?.(value);
  if (key === 'domain' && !/^[a-z0-9.-]+(?::\d+)?$/i.test(value))
    throw new OtsError('usage', 'a domain is a host name', { hint: 'for example secrets.example.com' });
  if (key === 'username' && value.includes(':'))
    throw new OtsError('usage', 'the user name must be without colons', { hint: 'an e-mail address, say' });
  if (key === 'ca_file' && !existsSync(resolve(ctx.cwd, value)))
    throw new OtsError('usage', 'the file of ca_file does not exist', {
      hint: 'it holds certificates in PEM',
    });
  if (key === 'profile' && !(await readConfig(ctx.paths.config))?.profiles.has(value)) {
    throw new OtsError('usage', 'there is no such profile', {
      hint: 'make it first: ots config set --profile NAME server URL',
    });
  }
}
