/**
 * One secret from bytes to a link: seal, conceal, compare what was granted, format. Runs for each of many at once,
 * so it shows nothing and keeps nothing: whoever calls it does.
 */
import { formatLink, isGated, OtsError, type Sealed, sealSecret } from '../core/index.ts';
import { nativeDeflate, nativeScrypt } from '../local/primitives.ts';
import type { Concealed, Remote } from '../remote/types.ts';
import type { NewPassphrase } from './passphrase.ts';
import { plainText } from './plain.ts';

/** The JSON of `share` and `generate`. Source: docs/AUTOMATION.md. */
export interface SharedJson {
  link: string;
  secret_id: string;
  receipt_id: string;
  server: string;
  created_at: string;
  expires_at: string | null;
  ttl: number | null;
  ttl_requested: number;
  encrypted: boolean;
  has_passphrase: boolean;
  gated: boolean;
  label: string | null;
  generated_passphrase?: string;
  value?: string;
}

/** What to share, and how: nothing in it is the same for every secret of a run. */
export interface Wish {
  /** The caller keeps the buffer. */
  body: Uint8Array;
  filename: string | undefined;
  ttlSeconds: number;
  passphrase: NewPassphrase | undefined;
  label: string | undefined;
}

/** How all secrets of a run are shared. */
export interface Manner {
  plain?: boolean;
  gate?: boolean;
  strictTtl?: boolean;
  domain?: string;
  to?: string;
}

/** What the caller wraps around the two long parts. */
export interface Around {
  /** Milliseconds since 1970. */
  now: () => number;
  /** Runs work that a person may have to wait for. */
  watch: <T>(label: string, work: () => Promise<T>) => Promise<T>;
  /** Sends the creating request; it may be made again only after an answer that says that nothing was stored. */
  send: <T>(request: () => Promise<T>) => Promise<T>;
}

export interface Published {
  json: SharedJson;
  /** What the server demands for burning. */
  gateToken: string | undefined;
  /** How the lifetime differs from what was asked for, in words. */
  difference: string | undefined;
}

/** Shares one secret. @throws OtsError what sealing and concealing throw; `refused` with strictTtl, after burning */
export async function publishOne(
  remote: Remote,
  wish: Wish,
  manner: Manner,
  { now, watch, send }: Around,
): Promise<Published> {
  const work = (): Promise<Sealed> => seal(wish, manner, remote.maxTextBytes);
  const sealed = manner.plain
    ? undefined
    : await (wish.passphrase === undefined ? work() : watch('stretching the passphrase', work));
  const passphrase = sealed ? sealed.gateToken : wish.passphrase?.text;
  const request = {
    text: sealed?.text ?? plainText(wish.body),
    ttlSeconds: wish.ttlSeconds,
    passphrase,
    shareDomain: manner.domain,
    recipient: manner.to,
  };
  const concealed = await watch('sharing', () => send(() => remote.conceal(request)));
  const difference = lifetimeDifference(wish.ttlSeconds, concealed, manner.strictTtl ?? false);
  if (difference !== undefined && manner.strictTtl)
    throw await burnAgain(remote, concealed, passphrase, difference);
  const json = describe(remote.baseUrl, wish, sealed, concealed, now());
  return { json, gateToken: sealed?.gateToken, difference };
}

function seal(wish: Wish, manner: Manner, maxTextBytes: number): Promise<Sealed> {
  return sealSecret({
    body: wish.body,
    filename: wish.filename,
    passphrase: wish.passphrase?.text,
    gated: manner.gate,
    maxTextBytes,
    browserHint: true,
    deflate: nativeDeflate,
    kdf: nativeScrypt,
  });
}

/** Servers change lifetimes silently; one that does not tell is a difference only where it has to be exact. */
function lifetimeDifference(asked: number, { ttlSeconds: granted }: Concealed, strict: boolean) {
  if (granted === undefined) return strict ? 'the server does not say which lifetime it granted' : undefined;
  return granted === asked ? undefined : `the server granted ${granted} s instead of ${asked} s`;
}

async function burnAgain(
  remote: Remote,
  { receiptId }: Concealed,
  passphrase: string | undefined,
  difference: string,
): Promise<OtsError> {
  const burned = await remote.burn(receiptId, { passphrase }).then(
    () => true,
    () => false,
  );
  const fate = burned ? 'the secret was burned' : 'burning the secret failed';
  return new OtsError('refused', `${difference}; ${fate}`, {
    hint: burned
      ? 'ask for a lifetime that the server grants, or leave out --strict-ttl'
      : `burn it: ots burn ${receiptId}`,
  });
}

function describe(
  baseUrl: string,
  wish: Wish,
  sealed: Sealed | undefined,
  { secretId, receiptId, ttlSeconds, shareDomain }: Concealed,
  createdAtMs: number,
): SharedJson {
  const linkBase = shareDomain === undefined ? baseUrl : `${new URL(baseUrl).protocol}//${shareDomain}`;
  const link = sealed
    ? formatLink(linkBase, secretId, sealed.suite, sealed.linkKey)
    : `${linkBase}/secret/${secretId}`;
  sealed?.linkKey.fill(0);
  const json: SharedJson = {
    link,
    secret_id: secretId,
    receipt_id: receiptId,
    server: baseUrl,
    created_at: new Date(createdAtMs).toISOString(),
    expires_at: ttlSeconds === undefined ? null : new Date(createdAtMs + ttlSeconds * 1000).toISOString(),
    ttl: ttlSeconds ?? null,
    ttl_requested: wish.ttlSeconds,
    encrypted: sealed !== undefined,
    has_passphrase: wish.passphrase !== undefined,
    gated: sealed !== undefined && isGated(sealed.suite),
    label: wish.label ?? null,
  };
  if (wish.passphrase?.generated) json.generated_passphrase = wish.passphrase.text;
  return json;
}
