/** Commands for what was shared: burn, status, receipts. */
import type { Context } from '../commands/context.ts';
import type { Adder } from './declare.ts';
import { addPassphraseOptions } from './flags.ts';

/** Declares them. */
export function addKeeping(add: Adder, ctx: Context): void {
  const burn = add(
    'burn [targets...]',
    'destroy secrets without reading them; - takes every link in a text',
    'ots burn LINK\n  $ ots burn --dry-run - < chat-export.json',
    async (command) =>
      (await import('../commands/burn.ts')).burn(ctx, command.args, command.optsWithGlobals()),
  )
    .option('--label <text>', 'what was shared from here under this label')
    .option('--dry-run', 'only say what would be done')
    .option('-y, --yes', 'do not ask')
    .option('--no-spend', 'never spend the one view to destroy')
    .option('--any-host', 'contact hosts that are unknown here')
    .option('--jobs <n>', 'how many at a time (default: 8)');
  addPassphraseOptions(burn);
  add(
    'status <targets...>',
    'where secrets stand, without consuming them; - takes every link in a text',
    'ots status LINK',
    async (command) =>
      (await import('../commands/status.ts')).status(ctx, command.args, command.optsWithGlobals()),
  )
    .option('--watch', 'wait until it changes')
    .option('--any-host', 'contact hosts that a text names and that are unknown here')
    .option('--jobs <n>', 'how many at a time (default: 8)');
  add(
    'receipts [words...]',
    'what this machine shared; forget RECEIPT… removes from that list',
    'ots receipts\n  $ ots receipts forget --gone',
    async (command) =>
      (await import('../commands/receipts.ts')).receipts(ctx, command.args, command.optsWithGlobals()),
  )
    .alias('list')
    .option('--refresh', 'ask the servers how they stand')
    .option('--remote', "the account's list instead")
    .option('--label <text>', 'only what was shared under this label')
    .option('--gone', 'forget what cannot be read any more')
    .option('--all', 'forget everything')
    .option('-y, --yes', 'do not ask')
    .option('--jobs <n>', 'how many at a time (default: 8)');
}
