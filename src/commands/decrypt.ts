/** `ots decrypt`: opens a text form wherever it is found: a file, a mail, `recovered/`. Nothing is sent anywhere. */
import { readFileSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { decodeUtf8 } from '../core/bytes.ts';
import {
  deriveKeys,
  type FrameContent,
  isOtsError,
  type LinkKey,
  OtsError,
  openSecret,
  parseLinkKey,
  preparePassphrase,
  SUITE_PASSPHRASE,
  wipeKeys,
} from '../core/index.ts';
import { withProgress } from '../io/progress.ts';
import { askSecret } from '../io/prompt.ts';
import { nativeInflate, nativeScrypt } from '../local/primitives.ts';
import { isRecovered, isRecoveredPlain, removeRecovered } from '../local/recovered.ts';
import type { Context, GlobalOptions } from './context.ts';
import { deliverContent } from './deliver.ts';
import { type OutputOptions, openDestination } from './destination.ts';
import { readText } from './input.ts';
import { type PassphraseOptions, passphraseSource } from './passphrase.ts';

export interface DecryptOptions extends GlobalOptions, PassphraseOptions, OutputOptions {
  link?: string;
  keyFile?: string;
}

export async function decrypt(
  ctx: Context,
  file: string | undefined,
  options: DecryptOptions,
): Promise<void> {
  const path = file === undefined || file === '-' ? undefined : resolve(ctx.cwd, file);
  const bytes = await readText(ctx, file, 'the encrypted text');
  const content =
    path !== undefined && isRecoveredPlain(ctx.paths.state, path)
      ? { body: bytes, filename: undefined, mediaType: undefined, dropped: [] }
      : await openText(ctx, bytes, options);
  const destination = openDestination(ctx, options);
  const hold = ctx.holdSignals(() => undefined);
  hold.beforeForcedExit(() => destination.discard());
  let delivered: string | undefined;
  try {
    delivered = await hold.orInterrupted(() =>
      deliverContent(ctx, destination, content, options, { encrypted: true }),
    );
  } finally {
    destination.discard();
    hold.release();
  }
  content.body.fill(0);
  // Only now: until it was flushed to its destination, the rescued text was the only copy.
  // And not when it was replaced by what it held.
  if (path !== undefined && isRecovered(ctx.paths.state, path) && !isSameFile(path, delivered))
    removeRecovered(path);
}

function isSameFile(path: string, other: string | undefined): boolean {
  return other !== undefined && realpathSync(path) === realpathSync(other);
}

async function openText(ctx: Context, bytes: Uint8Array, options: DecryptOptions): Promise<FrameContent> {
  const text = decodeUtf8(bytes);
  if (text === undefined) {
    throw new OtsError('damaged', 'there is no encrypted text in that: it is not text at all', {
      hint: 'it starts with ots1.',
    });
  }
  const key = await readKey(ctx, options);
  if (!key.checkHolds)
    ctx.io.warn(
      'the check in the key does not hold (its link may be missing, or it was mistyped); trying it anyway',
    );
  const source = passphraseSource(ctx, options, true);
  for (;;) {
    const prepared = key.suite === SUITE_PASSPHRASE ? preparePassphrase(await source.next()) : undefined;
    const keys = await withProgress(ctx.io, 'stretching the passphrase', () =>
      deriveKeys(key.suite, key.linkKey, prepared, { kdf: nativeScrypt }),
    );
    try {
      return openSecret(text, keys, { inflate: nativeInflate, passphraseTested: false });
    } catch (error) {
      if (!isOtsError(error, 'wrong_passphrase') || !source.mayRetry) throw error;
      ctx.io.warn(error.message);
    } finally {
      wipeKeys(keys);
    }
  }
}

async function readKey(ctx: Context, options: DecryptOptions): Promise<LinkKey> {
  if (options.link !== undefined && options.keyFile !== undefined) {
    throw new OtsError('usage', '--link and --key-file exclude each other', { hint: 'give one of them' });
  }
  if (options.link !== undefined) return parseLinkKey(options.link);
  if (options.keyFile !== undefined) {
    let text: string;
    try {
      text = readFileSync(resolve(ctx.cwd, options.keyFile), 'utf8');
    } catch (cause) {
      throw new OtsError('usage', 'the file of --key-file cannot be read', { hint: 'check its name', cause });
    }
    return parseLinkKey(text);
  }
  const missing = { what: 'the key', flag: '--link LINK or --key-file FILE' };
  return parseLinkKey(await askSecret(ctx.io, 'Link, or the part after #:', missing));
}
