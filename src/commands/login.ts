/**
 * `ots login`, `logout`, `whoami`: an account's API token, verified with its server before it is kept, and kept for
 * that server alone.
 */
import { isLoopbackHost } from '../core/hosts.ts';
import { OtsError } from '../core/index.ts';
import { withProgress } from '../io/progress.ts';
import { askLine, askSecret } from '../io/prompt.ts';
import { changeConfig, changesFor, configPath, isProfileName, readConfig } from '../local/config.ts';
import { credentialsPath, type TokenPlace } from '../local/credentials.ts';
import type { Credentials } from '../remote/types.ts';
import type { Context, GlobalOptions } from './context.ts';
import { loadProfile, openTokens } from './profile.ts';
import { openServer, resolveSettings, type Settings } from './settings.ts';

const MAX_TOKEN_BYTES = 4096;

export interface LoginOptions extends GlobalOptions {
  username?: string;
}

/** @throws OtsError `unauthorized` when the server does not accept the token; nothing is kept then */
export async function login(ctx: Context, options: LoginOptions): Promise<void> {
  if (options.profile !== undefined && !isProfileName(options.profile)) {
    throw new OtsError('usage', 'a profile has a name of letters, digits, - and _', {
      hint: 'for example: ots login --profile work',
    });
  }
  // Half a pair in the environment is a whole one here: the other half is asked for.
  const settings = await resolveSettings(withoutCredentials(ctx), options, true);
  const { protocol, hostname, host } = new URL(settings.baseUrl);
  if (protocol !== 'https:' && !isLoopbackHost(hostname)) {
    throw new OtsError('usage', `credentials are never sent to ${host} without encryption (plain http)`, {
      hint: 'use https',
    });
  }
  const credentials = await askCredentials(ctx, options, host);
  await verify(ctx, settings, credentials);
  const { username, token } = credentials;
  const server = settings.baseUrl;
  const tokens = await openTokens(ctx, settings.timeoutMs);
  const from = await withProgress(ctx.io, 'asking the keyring', () => tokens.keep(server, username, token));
  await changeConfig(ctx.paths.config, changesFor(settings.profile, { server, username }), ctx.now);
  const where = placeOf(ctx, from);
  if (ctx.io.json) {
    await ctx.io.outJson({ server, username, profile: settings.profile ?? null, token_from: from });
    return;
  }
  ctx.io.note(`logged in to ${server} as ${username}`);
  const why = from === 'file' ? ' (no keyring can be used here)' : '';
  ctx.io.note(`the token is kept in ${where}${why}; server and user name in ${configPath(ctx.paths.config)}`);
}

function withoutCredentials(ctx: Context): Context {
  const { OTS_USERNAME: _, OTS_TOKEN: __, ...env } = ctx.env;
  return { ...ctx, env };
}

async function askCredentials(ctx: Context, options: LoginOptions, host: string): Promise<Credentials> {
  const { env, io } = ctx;
  const username =
    options.username ||
    env['OTS_USERNAME'] ||
    (await askLine(io, `User name at ${host}:`, { what: 'the user name', flag: '--username NAME' }));
  if (!/^[^:\p{Cc}]{1,254}$/u.test(username))
    throw new OtsError('usage', 'the user name must be without colons and control characters', {
      hint: 'an e-mail address, say',
    });
  const token = await askToken(ctx, options);
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new OtsError('usage', 'the token is empty or has characters that no token has', {
      hint: 'copy it again from the account page of the server',
    });
  }
  return { username, token };
}

/** The environment's token is that of its own user; with --username it comes from elsewhere. */
async function askToken({ env, io }: Context, options: LoginOptions): Promise<string> {
  const { OTS_TOKEN: given, OTS_USERNAME: owner } = env;
  if (given && (!options.username || owner === undefined || owner === options.username)) return given;
  if (!io.stdinIsTerminal && !io.interactive)
    return Buffer.from(await io.readAll(MAX_TOKEN_BYTES))
      .toString()
      .trim();
  if (!io.stdinIsTerminal && options.username) {
    const piped = Buffer.from(await io.readAll(MAX_TOKEN_BYTES))
      .toString()
      .trim();
    if (piped !== '') return piped;
  }
  const missing = { what: 'the API token', flag: 'standard input, or set OTS_TOKEN' };
  return (await askSecret(io, 'API token (not shown):', missing)).trim();
}

/** Asks the server whose the credentials are. */
async function verify(ctx: Context, settings: Settings, credentials: Credentials): Promise<void> {
  const remote = await openServer(
    ctx,
    { ...settings, credentials: async () => credentials },
    settings.baseUrl,
  );
  try {
    await withProgress(ctx.io, 'asking the server', () => remote.whoAmI());
  } finally {
    await remote.close();
  }
}

function placeOf(ctx: Context, from: TokenPlace): string {
  return from === 'keyring' ? "the system's keyring" : credentialsPath(ctx.paths.config);
}

/** Removes the token of the profile's account. */
export async function logout(ctx: Context, options: GlobalOptions): Promise<void> {
  const settings = await resolveSettings(withoutCredentials(ctx), options);
  const { values } = await loadProfile(ctx, options);
  const { username } = values;
  const { baseUrl: server, profile } = settings;
  const from =
    username === undefined ? [] : await (await openTokens(ctx, settings.timeoutMs)).remove(server, username);
  if (username !== undefined && from.length > 0) {
    // Where it stands: in the profile, or at the top, where a profile without an account of its own takes it from.
    const own = (await readConfig(ctx.paths.config))?.profiles.get(profile ?? '')?.username;
    const table = own === undefined ? undefined : profile;
    await changeConfig(ctx.paths.config, [{ profile: table, key: 'username' }], ctx.now);
  }
  if (ctx.io.json) {
    await ctx.io.outJson({
      server,
      username: username ?? null,
      profile: profile ?? null,
      removed_from: from,
    });
  } else if (from.length === 0) ctx.io.note(`no token was kept for ${server}`);
  else {
    ctx.io.note(
      `the token for ${server} is removed from ${from.map((one) => placeOf(ctx, one)).join(' and ')}`,
    );
    ctx.io.note('the server still accepts it; to end that, make another on its account page');
  }
  if (ctx.env['OTS_TOKEN']) ctx.io.warn('OTS_TOKEN is still set, and is used before anything kept');
}

/** @throws OtsError `unauthorized` when nobody is logged in, or the server says otherwise */
export async function whoami(ctx: Context, options: GlobalOptions): Promise<void> {
  const settings = await resolveSettings(ctx, options);
  const { baseUrl: server, profile } = settings;
  const credentials = await settings.credentials();
  if (credentials === undefined) {
    throw new OtsError('unauthorized', `not logged in at ${server}`, {
      hint: 'ots login, or set OTS_USERNAME and OTS_TOKEN',
    });
  }
  await verify(ctx, settings, credentials);
  const { username, from } = credentials;
  if (ctx.io.json) {
    const row = { server, username, profile: profile ?? null, token_from: from ?? 'environment' };
    await ctx.io.outJson(row);
    return;
  }
  await ctx.io.out(`${username}\n`);
  const where = from === undefined ? 'the environment' : placeOf(ctx, from);
  ctx.io.note(
    `at ${server}${profile === undefined ? '' : `, profile ${profile}`}; the token is from ${where}`,
  );
}
