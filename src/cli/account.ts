/** Commands for accounts and this machine's settings: login, logout, whoami, config, doctor, completion. */
import type { Command } from 'commander';
import type { Context } from '../commands/context.ts';
import type { Adder } from './declare.ts';

/** Declares them. @param program for completion, which lists what was declared */
export function addAccount(add: Adder, ctx: Context, program: Command): void {
  add(
    'login',
    'keep the API token of an account, checked with its server',
    'ots login --server https://secrets.example.com',
    async (command) => (await import('../commands/login.ts')).login(ctx, command.optsWithGlobals()),
  ).option('--username <name>', 'the account; its token then comes from standard input or a prompt');
  add('logout', 'forget the API token kept here', 'ots logout', async (command) =>
    (await import('../commands/login.ts')).logout(ctx, command.optsWithGlobals()),
  );
  add('whoami', 'which account is used, checked with its server', 'ots whoami', async (command) =>
    (await import('../commands/login.ts')).whoami(ctx, command.optsWithGlobals()),
  );
  add(
    'config <action> [key] [value]',
    'settings in config.toml: get, set, unset, list, path',
    'ots config set region us\n  $ ots config set --profile work server https://secrets.example.com\n  $ ots config set profile work',
    async (command) =>
      (await import('../commands/config.ts')).config(ctx, command.args, command.optsWithGlobals()),
  ).addHelpText(
    'after',
    '\nKeys: server, region, api, ttl, timeout, max_size, ca_file, domain, username;\nand profile, the one to use.',
  );
  add('doctor', 'check server, clock, keyring, clipboard, permissions', 'ots doctor', async (command) =>
    (await import('../commands/doctor.ts')).doctor(ctx, command.optsWithGlobals()),
  );
  add(
    'completion <shell>',
    'a script that completes words: bash, zsh or fish',
    'ots completion bash > ~/.local/share/bash-completion/completions/ots',
    async (command) => (await import('../commands/completion.ts')).completion(ctx, command.args[0] ?? ''),
  );
  program
    .command('__complete [words...]', { hidden: true })
    .action(async (words: string[]) =>
      (await import('../commands/completion.ts')).complete(ctx, program, words),
    );
  program
    .command('__keyring', { hidden: true })
    .action(async () => (await import('../commands/keyring.ts')).keyring(ctx));
}
