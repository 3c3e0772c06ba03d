/** Commands that open secrets: reveal, decrypt. */
import type { Context } from '../commands/context.ts';
import type { Adder } from './declare.ts';
import { addOutputOptions, addPassphraseOptions } from './flags.ts';

/** Declares them. */
export function addOpening(add: Adder, ctx: Context): void {
  const reveal = add(
    'reveal [link]',
    'fetch a secret once, decrypt it, print it',
    "ots reveal 'https://…#…' | psql\nots reveal -O 'https://…#…'\nots reveal --paste --copy",
    async (command) =>
      (await import('../commands/reveal.ts')).reveal(ctx, command.args[0], command.optsWithGlobals()),
  )
    .alias('get')
    .option('--paste', 'take the link from the clipboard')
    .option('--plain', 'print encrypted text as it is when the link has no key');
  addOutputOptions(reveal);
  reveal.option('-c, --copy', 'the clipboard, instead of standard output');
  addPassphraseOptions(reveal);
  const decrypt = add(
    'decrypt [file]',
    'open encrypted text without a server',
    'ots decrypt notes.ots --key-file key',
    async (command) =>
      (await import('../commands/decrypt.ts')).decrypt(ctx, command.args[0], command.optsWithGlobals()),
  )
    .option('--link <link>', 'the link, or the part after its #')
    .option('--key-file <file>', 'a file that holds it');
  addOutputOptions(decrypt);
  addPassphraseOptions(decrypt);
}
