/** Commands that run something of their own: serve, page, try. */
import type { Context } from '../commands/context.ts';
import type { Adder } from './declare.ts';
import { addServeOptions } from './flags.ts';

/** Declares them. */
export function addRunning(add: Adder, ctx: Context): void {
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
