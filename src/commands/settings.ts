/**
 * Where settings come from, first match wins: flags, environment, profile, top of the file, defaults; and which server may be talked to how.
 *
 * Source: docs/AUTOMATION.md, settings.
 */
import { readFileSync } from 'node:fs';
import { isLoopbackHost } from '../core/hosts.ts';
import { OtsError, parseDuration, parseSize } from '../core/index.ts';
import { serverMemory } from '../local/server-memory.ts';
import type { Dialect, Remote } from '../remote/types.ts';
import type { Context, GlobalOptions } from './context.ts';
import {
  caFileOf,
  fromProfile,
  type KeptCredentials,
  keptCredentials,
  loadProfile,
  type Profile,
} from './profile.ts';

export const REGIONS = ['us', 'ca', 'eu', 'nz', 'uk'] as const;
const DEFAULT_REGION = 'eu';
const DEFAULT_TIMEOUT_MS = 30_000;
const APIS = ['auto', 'v1', 'v2', 'v3'] as const;

export interface Settings {
  /** The configured server: scheme, host, path prefix; no trailing slash. */
  baseUrl: string;
  api: 'auto' | Dialect;
  /** Asked for only where they may be sent: a keyring takes its time. */
  credentials: () => Promise<KeptCredentials | undefined>;
  timeoutMs: number;
  /** The server's limit where it does not say. */
  maxTextBytes: number | undefined;
  caPem: string | undefined;
  allowHttp: boolean;
  /** The profile in use, if any. */
  profile?: string | undefined;
  /** Configured for secrets shared with that server: lifetime, custom domain. */
  ttl?: string | undefined;
  domain?: string | undefined;
}

export function regionUrl(region: string): string {
  return `https://${region}.onetimesecret.com`;
}

/** Hosts that a chat export may name without steering requests anywhere new. */
export function isKnownRegion(baseUrl: string): boolean {
  return REGIONS.some((region) => baseUrl === regionUrl(region)) || baseUrl === 'https://onetimesecret.com';
}

/**
 * @param mayBeNew the profile asked for need not exist yet
 * @throws OtsError `usage` for words that mean nothing, naming the flag, variable or file
 */
export async function resolveSettings(
  ctx: Context,
  options: GlobalOptions,
  mayBeNew = false,
): Promise<Settings> {
  const { env } = ctx;
  const profile = await loadProfile(ctx, options, mayBeNew);
  const configured = serverOf(profile);
  const baseUrl = chooseServer(ctx, options) ?? configured ?? regionUrl(DEFAULT_REGION);
  const timeout = options.timeout ?? env['OTS_TIMEOUT'];
  const timeoutMs =
    timeout === undefined
      ? (fromProfile(profile, 'timeout', parseTimeout) ?? DEFAULT_TIMEOUT_MS)
      : parseTimeout(timeout);
  const maxSize = options.maxSize ?? env['OTS_MAX_SIZE'];
  const credentials = credentialsFrom(env);
  // An account, and its domain, belong to the configured server; flags and environment may name another.
  const own = baseUrl === (configured ?? regionUrl(DEFAULT_REGION));
  const api = options.api ?? env['OTS_API'];
  return {
    baseUrl,
    api: api === undefined ? (fromProfile(profile, 'api', parseApi) ?? 'auto') : parseApi(api),
    credentials: once(
      async () => credentials ?? (own ? keptCredentials(ctx, profile, baseUrl, timeoutMs) : undefined),
    ),
    timeoutMs,
    maxTextBytes: maxSize === undefined ? fromProfile(profile, 'max_size', parseSize) : parseSize(maxSize),
    caPem:
      options.caFile === undefined
        ? fromProfile(profile, 'ca_file', () => readCertificates(caFileOf(profile) ?? ''))
        : readCertificates(options.caFile),
    allowHttp: options.allowHttp ?? false,
    profile: profile.name,
    ttl: fromProfile(profile, 'ttl', (text) => (parseDuration(text) > 0 ? text : undefined)),
    domain: own ? profile.values.domain : undefined,
  };
}

/** Asks once, however many servers are opened. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}

/** The server that the configuration names. */
export function serverOf(profile: Profile): string | undefined {
  return fromProfile(profile, 'server', parseServer) ?? fromProfile(profile, 'region', parseRegion);
}

/** @throws OtsError `usage` */
export function parseApi(text: string): Settings['api'] {
  if (isApi(text)) return text;
  throw new OtsError('usage', 'the API is auto, v1, v2 or v3', { hint: 'check --api and OTS_API' });
}

function isApi(value: string): value is Settings['api'] {
  return (APIS as readonly string[]).includes(value);
}

/** The server that flags or environment name. */
function chooseServer(ctx: Context, options: GlobalOptions): string | undefined {
  if (options.server !== undefined && options.region !== undefined) {
    throw new OtsError('usage', '--server and --region exclude each other', { hint: 'give one of them' });
  }
  if (options.server !== undefined) return parseServer(options.server);
  if (options.region !== undefined) return parseRegion(options.region);
  if (ctx.env['OTS_SERVER']) return parseServer(ctx.env['OTS_SERVER']);
  return ctx.env['OTS_REGION'] ? parseRegion(ctx.env['OTS_REGION']) : undefined;
}

/** @returns the base URL @throws OtsError `usage` */
export function parseRegion(region: string): string {
  const name = region.toLowerCase();
  if (!(REGIONS as readonly string[]).includes(name)) {
    throw new OtsError('usage', `there is no such region; the hosted ones are ${REGIONS.join(', ')}`, {
      hint: 'for any other server use --server URL',
    });
  }
  return regionUrl(name);
}

/** Reads a server's base URL; a path prefix is kept, a bare host means https. */
export function parseServer(text: string): string {
  const candidate = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  const url = URL.canParse(candidate) ? new URL(candidate) : undefined;
  const plain = url && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (!url || !plain || !/^https?:$/.test(url.protocol)) {
    throw new OtsError('usage', 'the server is not a web address', {
      hint: 'write it like https://secrets.example.com, without user, query or #',
    });
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}

function credentialsFrom(env: Context['env']): KeptCredentials | undefined {
  const username = env['OTS_USERNAME'];
  const token = env['OTS_TOKEN'];
  if (!username && !token) return undefined;
  if (!username || !token) {
    throw new OtsError('usage', 'OTS_USERNAME and OTS_TOKEN belong together, and one is missing', {
      hint: 'set both, or unset both to work without an account',
    });
  }
  return { username, token };
}

/** @returns milliseconds @throws OtsError `usage` */
export function parseTimeout(text: string): number {
  if (/^\d*\.?\d+$/.test(text) && Number(text) > 0) return Math.min(Number(text) * 1000, 2 ** 31 - 1);
  return Math.min(parseDuration(text) * 1000, 2 ** 31 - 1);
}

/** The certificates of `--ca-file`, in PEM. @throws OtsError `usage` */
export function readCertificates(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new OtsError('usage', 'the file of --ca-file cannot be read', {
      hint: 'it holds certificates in PEM',
      cause,
    });
  }
}

/** How a server is about to be used. */
export interface Access {
  /** A link with a fragment is being revealed: the server sees ciphertext only, so a LAN without TLS will do. */
  sealedReveal?: boolean;
  manyRequests?: boolean;
  /** How many of them at a time. */
  connections?: number;
}

/**
 * Opens the server at `baseUrl`: the configured one with its credentials, any other without.
 *
 * @throws OtsError `usage` for plain http where it is not accepted, and what probing throws
 */
export async function openServer(
  ctx: Context,
  settings: Settings,
  baseUrl: string,
  access: Access = {},
): Promise<Remote> {
  const mayCarryCredentials = checkScheme(baseUrl, settings.allowHttp, access.sealedReveal ?? false);
  const ownServer = baseUrl === settings.baseUrl;
  const { openRemote } = await import('../remote/open.ts');
  return openRemote({
    baseUrl,
    api: settings.api,
    credentials: ownServer && mayCarryCredentials ? await settings.credentials() : undefined,
    timeoutMs: settings.timeoutMs,
    maxTextBytes: settings.maxTextBytes,
    proxyUrl: ctx.proxyFor(baseUrl),
    caPem: settings.caPem,
    memory: serverMemory(ctx.paths.cache),
    now: ctx.now,
    log: ctx.env['OTS_DEBUG'] ? (line) => void ctx.io.err(`${line}\n`) : undefined,
    userAgent: `ots/${ctx.version}`,
    manyRequests: access.manyRequests,
    connections: access.connections,
  });
}

/** @returns whether credentials may travel there */
function checkScheme(baseUrl: string, allowHttp: boolean, sealedReveal: boolean): boolean {
  const { protocol, hostname, host } = new URL(baseUrl);
  if (protocol === 'https:' || isLoopbackHost(hostname)) return true;
  if (allowHttp || (sealedReveal && isPrivateAddress(hostname))) return false;
  throw new OtsError('usage', `${host} would be reached without encryption (plain http)`, {
    hint: 'use https, or --allow-http if you know why (credentials are then not sent)',
  });
}

/** Private and link-local addresses. Source: RFC 1918, RFC 3927, RFC 4193, RFC 4291. */
export function isPrivateAddress(hostname: string): boolean {
  return (
    /^(?:10(?:\.\d{1,3}){3}|192\.168(?:\.\d{1,3}){2}|169\.254(?:\.\d{1,3}){2})$/.test(hostname) ||
    /^172\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2}$/.test(hostname) ||
    /^\[(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):/.test(hostname)
  );
}
