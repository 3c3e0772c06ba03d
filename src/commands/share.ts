/** `ots share`: encrypts and pushes a secret, prints its link. */
import { formatDuration, isOtsError, OtsError } from '../core/index.ts';
import type { Context } from './context.ts';
import type { EachOptions } from './each.ts';
import { type InputOptions, readSecret } from './input.ts';
import { keepReceipt, type Published, type PublishOptions, planPublication, publish } from './publish.ts';

export interface ShareOptions extends PublishOptions, InputOptions {
  /** Serve it from this machine. */
  here?: boolean;
}

/** @returns the exit code where many secrets were shared */
export async function share(
  ctx: Context,
  file: string | undefined,
  options: ShareOptions & EachOptions,
): Promise<number | undefined> {
  if (options.each !== undefined) return (await import('./each.ts')).shareEach(ctx, file, options);
  if (options.count !== undefined) return (await import('./count.ts')).shareCount(ctx, file, options);
  refuseEachFlags(options);
  if (options.here && (options.server !== undefined || options.region !== undefined)) {
    throw new OtsError('usage', '--here is a server of its own: --server and --region exclude it', {
      hint: 'give one',
    });
  }
  const plan = await planPublication(ctx, options);
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

/** A flag of bulk sharing alone would be passed over, and one secret shared where many were meant. */
function refuseEachFlags(options: EachOptions): void {
  const { column, field, passphraseColumn, ttlColumn, labelColumn, resume, jobs } = options;
  const flags = [column, field, passphraseColumn, ttlColumn, labelColumn, resume, jobs];
  if (flags.every((flag) => flag === undefined)) return;
  throw new OtsError('usage', '--jobs, --resume and flags that name columns go with --each', {
    hint: 'give --each lines, csv or ndjson as well',
  });
}

/** Hands the link over, then keeps the receipt and tells a person what they should know. */
export async function hand(ctx: Context, published: Published, options: PublishOptions): Promise<void> {
  const { io } = ctx;
  const { json } = published;
  let failure: unknown;
  try {
    if (io.json) await io.outJson(json);
    else await io.out(`${json.link}\n`);
  } catch (error) {
    failure = error;
  }
  if (options.receipt !== false) keepReceipt(ctx, published);
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
  if (io.json) return;
  if (json.generated_passphrase !== undefined) await io.err(`passphrase: ${json.generated_passphrase}\n`);
  if (options.plain) io.warn('with --plain the server can read the secret');
  if (json.expires_at !== null) {
    const when = json.expires_at.slice(0, 16).replace('T', ' ');
    io.noteOnTerminal(
      io.paint.dim(`opens once, within ${formatDuration(json.ttl ?? 0)} (until ${when} UTC)`),
    );
  }
}
