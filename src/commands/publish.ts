/**
 * From bytes to a link, for commands that share one secret: `share`, `generate`.
 *
 * The order matters: everything that can fail cheaply comes before the request; after it the link is what counts,
 * and receipt, warnings and clipboard may fail without taking it back.
 */
import { DEFAULT_TTL_SECONDS, OtsError, parseDuration } from '../core/index.ts';
import { withProgress } from '../io/progress.ts';
import { addReceipts, type Receipt } from '../local/receipts.ts';
import type { Context, GlobalOptions, SignalHold } from './context.ts';
import type { SecretInput } from './input.ts';
import type { NewPassphraseOptions } from './passphrase.ts';
import { type NewPassphrase, newPassphrase } from './passphrase.ts';
import { type Manner, type Published, publishOne } from './publish-one.ts';
import { openServer, resolveSettings, type Settings } from './settings.ts';

export type { Published } from './publish-one.ts';

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
  /** A CI runner to hide the link from the log of. */
  mask?: string;
}

/** What was shared, and the signals that wait from the request on until the link is out: whoever hands it over releases them. */
export interface Held extends Published {
  hold: SignalHold;
}

/** Everything about a publication that can be known, and refused, before the secret is read. */
export interface Plan {
  settings: Settings;
  ttlSeconds: number;
  passphrase: NewPassphrase | undefined;
}

/** Checks options and obtains the passphrase. @throws OtsError `usage` */
export async function planPublication(ctx: Context, options: PublishOptions): Promise<Plan> {
  if (options.mask !== undefined) (await import('./mask.ts')).askedMask(ctx, options.mask);
  const settings = await resolveSettings(ctx, options);
  const ttl = options.ttl ?? ctx.env['OTS_TTL'] ?? settings.ttl;
  const ttlSeconds = ttl === undefined ? DEFAULT_TTL_SECONDS : parseDuration(ttl);
  const domain = options.domain ?? settings.domain;
  if (domain !== undefined && !/^[\w-]+(?:\.[\w-]+)*\.?(?::\d{1,5})?$/.test(domain)) {
    throw new OtsError('usage', 'the domain is no host name', {
      hint: 'for example --domain secrets.example.com',
    });
  }
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

/** Before a secret is typed: a server that is not there is found out now. @throws OtsError `usage`, `network` */
export async function askServer(ctx: Context, { settings }: Plan): Promise<void> {
  const remote = await openServer(ctx, settings, settings.baseUrl);
  try {
    await remote.ping();
  } finally {
    await remote.close();
  }
}

/** From here on the secret may be stored: its link is waited for and printed, else nobody could burn it. */
function holdWhileSharing({ holdSignals, io }: Context, server: string): SignalHold {
  const hold = holdSignals(() =>
    io.note('ots: the secret may be stored already; waiting for its link (three times ends at once)'),
  );
  hold.beforeForcedExit(() =>
    io.note(`ots: a secret that nobody has the link to may remain on ${server} until it expires`),
  );
  return hold;
}

/** Shares a secret according to a plan. The caller prints `json.link`, then calls {@link keepReceipt}. */
export async function publish(
  ctx: Context,
  plan: Plan,
  input: SecretInput,
  options: PublishOptions,
): Promise<Held> {
  const remote = await openServer(ctx, plan.settings, plan.settings.baseUrl);
  const { ttlSeconds, passphrase } = plan;
  const wish = { ...input, ttlSeconds, passphrase, label: options.label };
  let hold: SignalHold | undefined;
  try {
    const published = await publishOne(remote, wish, mannerOf(plan.settings, options), {
      now: ctx.now,
      watch: (label, work) => withProgress(ctx.io, label, work),
      send: (request) => {
        hold ??= holdWhileSharing(ctx, remote.baseUrl);
        return request();
      },
    });
    if (published.difference !== undefined) ctx.io.warn(published.difference);
    return { ...published, hold: hold ?? holdWhileSharing(ctx, remote.baseUrl) };
  } catch (error) {
    hold?.release();
    throw error;
  } finally {
    await remote.close();
  }
}

/** How a secret is shared: what the options say, and the configured domain where they name none. */
export function mannerOf(settings: Settings, options: PublishOptions): Manner {
  const domain = options.domain ?? settings.domain;
  return { ...options, ...(domain !== undefined && { domain }) };
}

/** What this machine remembers of a secret that was shared. */
export function receiptOf({ json, gateToken }: Published): Receipt {
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
  return { ...receipt, ...(gateToken && { gate_token: gateToken }), state: 'new' };
}

/** Remembers what was shared on this machine; failing is a warning, the secret is already shared. */
export function keepReceipt(ctx: Context, published: Published): void {
  try {
    addReceipts(ctx.paths.state, [receiptOf(published)]);
  } catch {
    const { receipt_id } = published.json;
    ctx.io.warn(`the receipt could not be kept here; to burn the secret later: ots burn ${receipt_id}`);
  }
}
