/**
 * From bytes to a link: seal, conceal, format. Shared by `share`, `generate` and `try`.
 *
 * The order matters: everything that can fail cheaply comes before the request; after it the link is what counts,
 * and receipt, warnings and clipboard may fail without taking it back.
 */
import {
  DEFAULT_TTL_SECONDS,
  formatLink,
  isGated,
  OtsError,
  parseDuration,
  type Sealed,
  sealSecret,
} from '../core/index.ts';
import { withProgress } from '../io/progress.ts';
import { nativeDeflate, nativeScrypt } from '../local/primitives.ts';
import { addReceipt } from '../local/receipts.ts';
import type { Concealed, Remote } from '../remote/types.ts';
import type { Context, GlobalOptions } from './context.ts';
import type { SecretInput } from './input.ts';
import type { NewPassphraseOptions } from './passphrase.ts';
import { type NewPassphrase, newPassphrase } from './passphrase.ts';
import { plainText } from './plain.ts';
import { openServer, resolveSettings, type Settings } from './settings.ts';

export interface PublishOptions extends GlobalOptions, NewPassphraseOptions {
  ttl?: string;
  strictTtl?: boolean;
  gate?: boolean;
  to?: string;
  domain?: string;
  label?: string;
  /** False with --no-receipt. */
  receipt?: boolean;
  plain?: boolean;
}

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

export interface Published {
  json: SharedJson;
  /** What the server demands for burning. */
  gateToken: string | undefined;
}

/** Everything about a publication that can be known, and refused, before the secret is read. */
export interface Plan {
  settings: Settings;
  ttlSeconds: number;
  passphrase: NewPassphrase | undefined;
}

/** Checks options and obtains the passphrase. @throws OtsError `usage` */
export async function planPublication(ctx: Context, options: PublishOptions): Promise<Plan> {
  const settings = await resolveSettings(ctx, options);
  const ttl = options.ttl ?? ctx.env['OTS_TTL'] ?? settings.ttl;
  const ttlSeconds = ttl === undefined ? DEFAULT_TTL_SECONDS : parseDuration(ttl);
  if (options.to !== undefined && !options.plain) {
    throw new OtsError('usage', '--to needs --plain: the server would mail a link without the key', {
      hint: 'send the link yourself, or add --plain (the server can then read the secret)',
    });
  }
  if (options.to !== undefined && (await settings.credentials()) === undefined) {
    throw new OtsError('unauthorized', '--to needs an account on the server', {
      hint: 'ots login, or set OTS_USERNAME and OTS_TOKEN',
    });
  }
  if (options.gate && options.plain) {
    throw new OtsError('usage', '--gate and --plain exclude each other', {
      hint: '--plain makes a link without a key',
    });
  }
  return { settings, ttlSeconds, passphrase: await newPassphrase(ctx, options, !options.plain) };
}

/** Shares a secret according to a plan. The caller prints `json.link`, then calls {@link keepReceipt}. */
export async function publish(
  ctx: Context,
  plan: Plan,
  input: SecretInput,
  options: PublishOptions,
): Promise<Published> {
  const remote = await openServer(ctx, plan.settings, plan.settings.baseUrl);
  try {
    const sealed = options.plain ? undefined : await seal(ctx, plan, input, options, remote.maxTextBytes);
    const text = sealed?.text ?? plainText(input.body);
    const serverPassphrase = sealed ? sealed.gateToken : plan.passphrase?.text;
    const concealed = await withProgress(ctx.io, 'sharing', () =>
      remote.conceal({
        text,
        ttlSeconds: plan.ttlSeconds,
        passphrase: serverPassphrase,
        shareDomain: options.domain ?? plan.settings.domain,
        recipient: options.to,
      }),
    );
    await checkLifetime(ctx, remote, plan, concealed, serverPassphrase, options.strictTtl ?? false);
    return { json: describe(ctx, plan, remote, sealed, concealed, options), gateToken: sealed?.gateToken };
  } finally {
    await remote.close();
  }
}

function seal(
  ctx: Context,
  plan: Plan,
  input: SecretInput,
  options: PublishOptions,
  maxTextBytes: number,
): Promise<Sealed> {
  const work = (): Promise<Sealed> =>
    sealSecret({
      body: input.body,
      filename: input.filename,
      passphrase: plan.passphrase?.text,
      gated: options.gate,
      maxTextBytes,
      browserHint: true,
      deflate: nativeDeflate,
      kdf: nativeScrypt,
    });
  return plan.passphrase === undefined ? work() : withProgress(ctx.io, 'stretching the passphrase', work);
}

/** Servers change lifetimes silently: says so, or burns and fails with --strict-ttl. */
async function checkLifetime(
  ctx: Context,
  remote: Remote,
  plan: Plan,
  concealed: Concealed,
  passphrase: string | undefined,
  strict: boolean,
): Promise<void> {
  const { ttlSeconds: granted, receiptId } = concealed;
  if (granted === plan.ttlSeconds || (granted === undefined && !strict)) return;
  const difference =
    granted === undefined
      ? 'the server does not say which lifetime it granted'
      : `the server granted ${granted} s instead of ${plan.ttlSeconds} s`;
  if (!strict) {
    ctx.io.warn(difference);
    return;
  }
  const burned = await remote.burn(receiptId, { passphrase }).then(
    () => true,
    () => false,
  );
  throw new OtsError(
    'refused',
    `${difference}; ${burned ? 'the secret was burned' : 'burning the secret failed'}`,
    {
      hint: burned
        ? 'ask for a lifetime that the server grants, or leave out --strict-ttl'
        : `burn it: ots burn ${receiptId}`,
    },
  );
}

function describe(
  ctx: Context,
  plan: Plan,
  remote: Remote,
  sealed: Sealed | undefined,
  concealed: Concealed,
  options: PublishOptions,
): SharedJson {
  const { secretId, receiptId, ttlSeconds, shareDomain } = concealed;
  const linkBase =
    shareDomain === undefined ? remote.baseUrl : `${new URL(remote.baseUrl).protocol}//${shareDomain}`;
  const link = sealed
    ? formatLink(linkBase, secretId, sealed.suite, sealed.linkKey)
    : `${linkBase}/secret/${secretId}`;
  sealed?.linkKey.fill(0);
  const createdAtMs = ctx.now();
  const json: SharedJson = {
    link,
    secret_id: secretId,
    receipt_id: receiptId,
    server: remote.baseUrl,
    created_at: new Date(createdAtMs).toISOString(),
    expires_at: ttlSeconds === undefined ? null : new Date(createdAtMs + ttlSeconds * 1000).toISOString(),
    ttl: ttlSeconds ?? null,
    ttl_requested: plan.ttlSeconds,
    encrypted: sealed !== undefined,
    has_passphrase: plan.passphrase !== undefined,
    gated: sealed !== undefined && isGated(sealed.suite),
    label: options.label ?? null,
  };
  if (plan.passphrase?.generated) json.generated_passphrase = plan.passphrase.text;
  return json;
}

/** Remembers what was shared on this machine; failing is a warning, the secret is already shared. */
export function keepReceipt(ctx: Context, { json, gateToken }: Published): void {
  const { server, receipt_id, secret_id, created_at, expires_at, label, encrypted, has_passphrase, gated } =
    json;
  const receipt = {
    server,
    receipt_id,
    secret_id,
    created_at,
    expires_at,
    label,
    encrypted,
    has_passphrase,
    gated,
  };
  try {
    addReceipt(ctx.paths.state, { ...receipt, ...(gateToken && { gate_token: gateToken }), state: 'new' });
  } catch {
    ctx.io.warn(`the receipt could not be kept here; to burn the secret later: ots burn ${receipt_id}`);
  }
}
