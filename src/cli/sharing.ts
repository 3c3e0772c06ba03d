/** Commands that make secrets: share, generate, encrypt. */
import type { Context } from '../commands/context.ts';
import type { Adder } from './declare.ts';
import {
  addEachOptions,
  addHandOptions,
  addInputOptions,
  addNewPassphraseOptions,
  addPublishOptions,
} from './flags.ts';

/** Declares them. */
export function addSharing(add: Adder, ctx: Context): void {
  const share = add(
    'share [file]',
    'encrypt and push a secret, print its link',
    'pass show db | ots share --ttl 1d\nots share id_ed25519 --passphrase\nots share --edit --copy',
    async (command) =>
      (await import('../commands/share.ts')).share(ctx, command.args[0], command.optsWithGlobals()),
  ).alias('conceal');
  addInputOptions(share);
  addHandOptions(share);
  addPublishOptions(share);
  addEachOptions(share);
  const generate = add(
    'generate',
    'make a random secret here and share it',
    'ots generate --length 32 --show\nots generate --words 6',
    async (command) => (await import('../commands/generate.ts')).generate(ctx, command.optsWithGlobals()),
  )
    .option('--length <n>', 'characters (default: 24)')
    .option('--alphabet <name>', 'alnum (default), full, hex or digits')
    .option('--words <n>', 'words instead of characters')
    .option('--show', 'show the value as well, and erase it after Enter');
  addHandOptions(generate);
  addPublishOptions(generate);
  const encrypt = add(
    'encrypt [file]',
    'encrypt without a server',
    'ots encrypt notes.txt --key-file key > notes.ots',
    async (command) =>
      (await import('../commands/encrypt.ts')).encrypt(ctx, command.args[0], command.optsWithGlobals()),
  )
    .option('--key-file <file>', 'write the key there instead of to standard error')
    .option('-f, --force', 'overwrite the key file');
  addInputOptions(encrypt);
  addNewPassphraseOptions(encrypt);
}
