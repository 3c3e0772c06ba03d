/** Commands that run something of their own: serve, page, try. */
import type { Command } from 'commander';
import type { Context } from '../commands/context.ts';
import type { Adder } from './declare.ts';
import { addMaskOption, addPassphraseOptions, addServeOptions } from './flags.ts';

/** Declares them. */
export function addRunning(add: Adder, ctx: Context): void {
  const several = (value: string, earlier: string[] = []): string[] => [...earlier, value];
  const run = add(
    'run [command...]',
    'reveal links into the environment of a command, and run it',
    "ots run --env DB_PASSWORD='https://…#…' -- ./migrate",
    async (command) =>
      (await import('../commands/run.ts')).run(
        ctx,
        command.args,
        typedWords(command),
        command.optsWithGlobals(),
      ),
  )
    .option('--env <name=link>', 'a variable and its link; NAME alone when its value is the link', several)
    .option('--env-file <file>', 'a file with lines like that', several)
    .option('--raw', 'keep a final newline');
  addMaskOption(run);
  addPassphraseOptions(run);
  addServeOptions(
    add('serve', 'run an Onetime Secret-compatible server', 'ots serve --port 7143', async (command) =>
      (await import('../commands/serve.ts')).serve(ctx, command.optsWithGlobals()),
    ),
  );
  add(
    'page',
    'a web page that decrypts offline, for people without ots',
    'ots page -o decrypt.html',
    async (command) => (await import('../commands/page.ts')).page(ctx, command.optsWithGlobals()),
  )
    .option('-o, --output <file>', 'write to a file')
    .option('-f, --force', 'overwrite');
  add('try', 'the whole story on a server of its own', 'echo my secret | ots try', async () =>
    (await import('../commands/try.ts')).tryOut(ctx),
  );
}

/** All words as they were typed: commander keeps them, and does not say so in its types. */
function typedWords({ parent }: Command): string[] {
  return (parent as { rawArgs?: string[] } | null)?.rawArgs ?? [];
}
