/** What `ots serve` was told, checked. Source: docs/SERVER.md, options. */
import { OtsError, parseDuration, parseSize } from '../core/index.ts';
import { MIN_TTL_SECONDS } from '../core/limits.ts';
import type { Lifetimes } from '../server/lifetime.ts';
import { LOG_KINDS, type LogKind } from '../server/logs.ts';
import { DEFAULT_RATE_PER_MINUTE } from '../server/rates.ts';
import type { GlobalOptions } from './context.ts';
import { parseServer } from './settings.ts';

export interface ServeOptions extends GlobalOptions {
  host: string;
  port: string;
  store?: string;
  publicUrl?: string;
  account?: string;
  maxTtl?: string;
  ttlAnonymous?: string;
  passphraseMin?: string;
  passphraseRequired?: boolean;
  rate?: string;
  trustProxy?: boolean;
  maxStore?: string;
  log?: string;
}

export interface ServeSettings {
  host: string;
  port: number;
  store: string;
  publicUrl: string | undefined;
  account: string | undefined;
  maxTextBytes: number | undefined;
  lifetimes: Partial<Lifetimes>;
  minPassphraseCharacters: number | undefined;
  passphraseRequired: boolean;
  ratePerMinute: number;
  trustProxy: boolean;
  maxStoreBytes: number | undefined;
  log: LogKind;
}

const MAX_TEXT_BYTES = 16 * 2 ** 20;
const MIN_STORE_BYTES = 2 ** 20;
const MAX_PASSPHRASE_MINIMUM = 128;

/** @throws OtsError `usage`, naming the option */
export function serveSettings(options: ServeOptions): ServeSettings {
  const { host, store = 'memory' } = options;
  return {
    host,
    store,
    port: wholeNumber(options.port, { flag: '--port', max: 65_535, hint: '0 takes any free one' }),
    publicUrl: options.publicUrl === undefined ? undefined : parseServer(options.publicUrl),
    account: account(options.account),
    maxTextBytes: size(options.maxSize, { flag: '--max-size', min: 1, max: MAX_TEXT_BYTES }),
    lifetimes: lifetimes(options),
    minPassphraseCharacters:
      options.passphraseMin === undefined
        ? undefined
        : wholeNumber(options.passphraseMin, {
            flag: '--passphrase-min',
            max: MAX_PASSPHRASE_MINIMUM,
            hint: 'the shortest passphrase, in characters',
          }),
    passphraseRequired: options.passphraseRequired ?? false,
    ratePerMinute: rate(options.rate),
    trustProxy: options.trustProxy ?? false,
    maxStoreBytes: size(options.maxStore, { flag: '--max-store', min: MIN_STORE_BYTES, max: 2 ** 40 }),
    log: logKind(options.log),
  };
}

function wholeNumber(text: string, limits: { flag: string; max: number; hint: string }): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number <= limits.max) return number;
  throw new OtsError('usage', `${limits.flag} takes a number from 0 to ${limits.max}`, { hint: limits.hint });
}

function size(
  text: string | undefined,
  limits: { flag: string; min: number; max: number },
): number | undefined {
  if (text === undefined) return undefined;
  const bytes = parseSize(text);
  if (bytes >= limits.min && bytes <= limits.max) return bytes;
  const hint = 'write bytes, or a number with k, M or G';
  throw new OtsError('usage', `${limits.flag} takes ${limits.min} to ${limits.max} bytes`, { hint });
}

function account(user: string | undefined): string | undefined {
  // A colon would end it in Basic credentials.
  if (user === undefined || /^[^\s:\p{Cc}]{1,254}$/u.test(user)) return user;
  throw new OtsError('usage', '--account takes a name without spaces and colons', {
    hint: 'an e-mail address, say',
  });
}

function lifetimes({ maxTtl, ttlAnonymous }: ServeOptions): Partial<Lifetimes> {
  const seconds = (text: string, flag: string): number => {
    const value = parseDuration(text);
    if (value >= MIN_TTL_SECONDS) return value;
    throw new OtsError('usage', `${flag} takes a minute or more`, { hint: 'for example 12h, 7d' });
  };
  return {
    ...(maxTtl !== undefined && { maxSeconds: seconds(maxTtl, '--max-ttl') }),
    ...(ttlAnonymous !== undefined && { anonymousSeconds: seconds(ttlAnonymous, '--ttl-anonymous') }),
  };
}

function rate(text: string | undefined): number {
  if (text === undefined) return DEFAULT_RATE_PER_MINUTE;
  const hint = 'requests a minute for one network, for example 600/min; 0 for any number';
  return wholeNumber(text.replace(/\/min$/, ''), { flag: '--rate', max: 1_000_000, hint });
}

function logKind(text: string | undefined): LogKind {
  const kind = LOG_KINDS.find((one) => one === (text ?? 'none'));
  if (kind !== undefined) return kind;
  throw new OtsError('usage', `--log is ${LOG_KINDS.join(', ')}`, {
    hint: 'none still says what goes wrong',
  });
}
