/** `ots encrypt`: the envelope without a server. The text form on stdout, the key apart from it. */
import { resolve } from 'node:path';
import { encodeFragment, OtsError, sealSecret } from '../core/index.ts';
import { withProgress } from '../io/progress.ts';
import type { Streams } from '../io/streams.ts';
import { nativeScrypt } from '../local/primitives.ts';
import type { Context, GlobalOptions } from './context.ts';
import { openDestination } from './destination.ts';
import { type InputOptions, readSecret } from './input.ts';
import { type NewPassphraseOptions, newPassphrase, refuseClosedStderr } from './passphrase.ts';

export interface EncryptOptions extends GlobalOptions, InputOptions, NewPassphraseOptions {
  keyFile?: string;
  force?: boolean;
}

export async function encrypt(
  ctx: Context,
  file: string | undefined,
  options: EncryptOptions,
): Promise<void> {
  const { io } = ctx;
  if (!io.json && (options.keyFile === undefined || options.generatePassphrase)) refuseClosedStderr(io);
  const passphrase = await newPassphrase(ctx, options, true);
  // Before the work: a key that cannot be written makes the text worthless.
  const keyFile =
    options.keyFile === undefined
      ? undefined
      : openDestination(ctx, {
          output: resolve(ctx.cwd, options.keyFile),
          ...(options.force && { force: true }),
        });
  try {
    const input = await readSecret(ctx, file, options);
    const sealed = await withProgress(io, 'encrypting', () =>
      sealSecret({
        body: input.body,
        filename: input.filename,
        passphrase: passphrase?.text,
        kdf: nativeScrypt,
      }),
    );
    input.body.fill(0);
    const fragment = encodeFragment(sealed.suite, sealed.linkKey, '');
    sealed.linkKey.fill(0);
    await keyFile?.deliver({ body: Buffer.from(`${fragment}\n`), filename: undefined });
    const generated = passphrase?.generated ? passphrase.text : undefined;
    if (io.json) {
      await io.outJson({
        text: sealed.text,
        ...(keyFile ? {} : { fragment }),
        ...(generated !== undefined && { generated_passphrase: generated }),
      });
      return;
    }
    await io.out(`${sealed.text}\n`);
    if (!keyFile) {
      io.noteOnTerminal(io.paint.dim('the key, to be sent apart from the text:'));
      await keyOnStderr(io, `${fragment}\n`);
    }
    if (generated !== undefined) await keyOnStderr(io, `passphrase: ${generated}\n`);
  } finally {
    keyFile?.discard();
  }
}

/** What opens the text is nowhere else. */
async function keyOnStderr(io: Streams, text: string): Promise<void> {
  await io.errResult(text).catch((cause: unknown) => {
    throw new OtsError('undelivered', 'what opens the text could not be written to standard error', {
      hint: 'throw the text away, and encrypt again (--key-file FILE puts the key there)',
      cause,
    });
  });
}
