/** Commands for what was shared: burn, status, receipts. */
import type { Context } from '../commands/context.ts';
import type { Adder } from './declare.ts';
import { addPassphraseOptions } from './flags.ts';

/** Declares them. */
export function addKeeping(add: Adder, ctx: Context): void {
  const burn = add(
    'burn [targets...]',
    'destroy secrets without reading them',
    'ots burn LINK',
    async (command) =>
      (await import('../commands/burn.ts')).burn(ctx, command.args, command.optsWithGlobals()),
  )
    .option('--label <text>', 'what was shared from here under this label')
    .option('--dry-run', 'only say what would be done')
    .option('-y, --yes', 'do not ask')
    .option('--no-spend', 'never spend the one view to destroy')
    .option('--any-host', 'contact hosts that are unknown here');
  addPassphraseOptions(burn);
  add(
    'status <targets...>',
    'where secrets stand, without consuming them',
    'ots status LINK',
    async (command) =>
      (await import('../commands/status.ts')).status(ctx, command.args, command.optsWithGlobals()),
  );
  add('receipts', 'what this machine shared', 'ots receipts', async () =>
    (await import('../commands/receipts.ts')).receipts(ctx),
  ).alias('list');
}
