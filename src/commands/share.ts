/** `ots share`: encrypts and pushes a secret, prints its link. */
import { formatDuration, isOtsError, OtsError } from '../core/index.ts';
import type { Context } from './context.ts';
import type { EachOptions } from './each.ts';
import { checkInput, type InputOptions, isTyped, readSecret, type SecretInput } from './input.ts';
import { showGenerated } from './passphrase.ts';
import {
  askServer,
  type Held,
  keepReceipt,
  type PublishOptions,
  planPublication,
  publish,
} from './publish.ts';

/** What becomes of the link beside being printed. */
export interface HandOptions {
  /** To the clipboard as well. */
  copy?: boolean;
  /** Drawn on stderr as well. */
  qr?: boolean;
}

export interface HereOptions {
  /** Serve it from this machine. */
  here?: boolean;
}

export interface ShareOptions extends PublishOptions, InputOptions, HandOptions, HereOptions {}

/** @returns the exit code where many secrets were shared */
export async function share(
  ctx: Context,
  file: string | undefined,
  options: ShareOptions & EachOptions,
): Promise<number | undefined> {
  if (options.each !== undefined) return (await import('./each.ts')).shareEach(ctx, file, options);
  if (options.count !== undefined) {
    const read = (): Promise<SecretInput> => readSecret(ctx, file, options);
    return (await import('./count.ts')).shareCount(ctx, read, options);
  }
  refuseEachFlags(options);
  checkHere(options);
  checkHandOptions(ctx, options);
  checkInput(file, options);
  const plan = await planPublication(ctx, options);
  if (!options.here && isTyped(ctx, file, options)) await askServer(ctx, plan);
  const input = await readSecret(ctx, file, options);
  if (options.here) {
    const { shareHere } = await import('./here.ts');
    await shareHere(ctx, plan, input, options);
    return undefined;
  }
  const published = await publish(ctx, plan, input, options);
  input.body.fill(0);
  await hand(ctx, published, options);
  return undefined;
}

/** @throws OtsError `usage` where --here goes with another server */
export function checkHere({ here, server, region }: HereOptions & PublishOptions): void {
  if (!here || (server === undefined && region === undefined)) return;
  throw new OtsError('usage', '--here is a server of its own: --server and --region exclude it', {
    hint: 'give one',
  });
}

/** A flag of bulk sharing alone would be passed over, and one secret shared where many were meant. */
function refuseEachFlags(options: EachOptions): void {
  const { column, field, passphraseColumn, ttlColumn, labelColumn, resume, jobs } = options;
  const flags = [column, field, passphraseColumn, ttlColumn, labelColumn, resume, jobs];
  if (flags.every((flag) => flag === undefined)) return;
  throw new OtsError('usage', '--jobs, --resume and flags that name columns go with --each', {
    hint: 'give --each lines, csv or ndjson as well',
  });
}

/** @throws OtsError `usage` for what cannot go together */
export function checkHandOptions(
  { io }: Context,
  { qr, json, copy, to }: HandOptions & PublishOptions,
): void {
  if (io.stdoutIsClosed && !copy && !qr && to === undefined) {
    throw new OtsError('usage', 'standard output is closed: nobody would get the link', {
      hint: 'nothing was shared',
    });
  }
  if (qr && json)
    throw new OtsError('usage', '--qr and --json exclude each other', { hint: 'give one of them' });
}

/**
 * Keeps the receipt, hands the link over, copies or draws it, and tells a person what they should know.
 *
 * @throws OtsError `undelivered` when nobody has the link; `interrupted` when a signal came meanwhile
 */
export async function hand(
  ctx: Context,
  published: Held,
  options: PublishOptions & HandOptions,
): Promise<void> {
  try {
    await handLink(ctx, published, options);
  } finally {
    published.hold.release();
  }
  const { received } = published.hold;
  if (received === undefined) return;
  throw new OtsError('interrupted', `interrupted by ${received}, after the secret was shared`, {
    hint: `to destroy it: ots burn ${published.json.receipt_id}`,
  });
}

async function handLink(ctx: Context, published: Held, options: PublishOptions & HandOptions): Promise<void> {
  const { io } = ctx;
  const { json } = published;
  if (options.mask !== undefined) await (await import('./mask.ts')).hideShared(ctx, options.mask, json);
  // First: whatever becomes of the link, with its receipt the secret can be burned.
  if (options.receipt !== false) keepReceipt(ctx, published);
  let failure: unknown;
  try {
    if (io.json) await io.outJson(json);
    else await io.out(`${json.link}\n`);
  } catch (error) {
    failure = error;
  }
  if (failure !== undefined) {
    if (!isOtsError(failure, 'undelivered')) throw failure;
    throw new OtsError(
      'undelivered',
      'the secret is shared, but its link could not be written to standard output',
      {
        hint: `nobody has the link; burn the secret: ots burn ${json.receipt_id}`,
        cause: failure.cause,
      },
    );
  }
  if (options.copy) {
    const { copyPublishedLink } = await import('./to-clipboard.ts');
    await copyPublishedLink(ctx, json.link);
  }
  if (io.json) return;
  if (options.qr) await showQr(ctx, json.link);
  if (json.generated_passphrase !== undefined)
    await showGenerated(io, json.generated_passphrase, `burn it: ots burn ${json.receipt_id}`);
  if (options.plain) io.warn('with --plain the server can read the secret');
  if (json.expires_at !== null) {
    const when = json.expires_at.slice(0, 16).replace('T', ' ');
    io.noteOnTerminal(
      io.paint.dim(`opens once, within ${formatDuration(json.ttl ?? 0)} (until ${when} UTC)`),
    );
  }
}

/** Draws the link on stderr, asked for and therefore even when quiet. */
async function showQr({ io }: Context, link: string): Promise<void> {
  const { drawQr, roomFor } = await import('../io/qr.ts');
  const code = drawQr(link);
  const missing = roomFor(code, io.stderrSize);
  if (missing.columns > 0) {
    io.warn(`the QR code is not drawn: the terminal needs ${missing.columns} columns more`);
    return;
  }
  await io.err(`${code}\n`);
  if (missing.rows > 0)
    io.note(`note: to see all of the QR code, the terminal needs ${missing.rows} rows more`);
}
