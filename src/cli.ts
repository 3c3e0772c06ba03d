/**
 * The commander program: every flag declared once, no logic. A command's module loads only when it is called.
 */
import { Command, CommanderError, Option } from 'commander';
import type { Context, GlobalOptions } from './commands/context.ts';
import { OtsError } from './core/errors.ts';
import {
  addInputOptions,
  addNewPassphraseOptions,
  addOutputOptions,
  addPassphraseOptions,
  addPublishOptions,
  addServeOptions,
} from './flags.ts';
import { type ColorMode, colorLevel, painter } from './io/color.ts';

/**
 * Runs the program.
 *
 * @param argv the words behind the program's name
 * @returns the exit code
 * @throws whatever a command throws; OtsError `usage` for wrong words
 */
export async function runCli(argv: string[], ctx: Context): Promise<number> {
  // Known before parsing, so that a usage error is JSON as well.
  ctx.io.json = beforeDashes(argv).includes('--json');
  let exitCode = 0;
  const program = buildProgram(ctx, (code) => {
    exitCode = code;
  });
  if (argv.length === 0) {
    program.outputHelp();
    return 0;
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0 || error.code === 'commander.help') return 0;
    throw usageError(error, argv);
  }
  return exitCode;
}

function buildProgram(ctx: Context, setExitCode: (code: number) => void): Command {
  const program = new Command('ots')
    .description('Hand a secret to somebody, once.')
    .version(ctx.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void ctx.io.out(text).catch(() => undefined),
      writeErr: () => undefined,
    })
    .helpCommand('help [command]', 'how a command works')
    .option('--server <url>', 'any Onetime Secret-compatible server')
    .option('--region <name>', 'a hosted one: us, ca, eu (default), nz, uk')
    .option('--api <version>', 'auto, v1, v2 or v3 (default: auto)')
    .option('--timeout <seconds>', 'bound for every request (default: 30)')
    .option('--max-size <bytes>', "the server's limit where it does not say (default: 10000)")
    .option('--ca-file <file>', 'trust these certificates as well (PEM)')
    .option('--allow-http', 'accept plain http beyond loopback, without credentials')
    .option('--json', 'one JSON object on standard output')
    .option('-q, --quiet', 'nothing on standard error but errors')
    .option('--no-input', 'never ask')
    .addOption(new Option('--color <when>', 'auto, always or never').default('auto'))
    .hook('preAction', (_, command) => applyGlobals(ctx, command.optsWithGlobals<GlobalOptions>()))
    .addHelpText(
      'before',
      'Example:\n  $ pass show db | ots share\n  https://eu.onetimesecret.com/secret/…#…\n  $ ots reveal LINK\n',
    );
  const add = adder(program, setExitCode);
  addSharing(add, ctx);
  addOpening(add, ctx);
  addRest(add, ctx);
  return program;
}

type Adder = (
  usage: string,
  words: string,
  example: string,
  act: (command: Command) => Promise<unknown>,
) => Command;

/** Declares commands: description, an example first, and what runs. A number that comes back is the exit code. */
function adder(program: Command, setExitCode: (code: number) => void): Adder {
  return (usage, words, example, act) =>
    program
      .command(usage)
      .description(words)
      .addHelpText('before', `Example:\n  $ ${example}\n`)
      .addHelpText('after', '\nOptions of every command (--server, --json, --quiet, …): ots --help')
      .action(async (...args: unknown[]) => {
        const code = await act(args.at(-1) as Command);
        if (typeof code === 'number') setExitCode(code);
      });
}

function addSharing(add: Adder, ctx: Context): void {
  const share = add(
    'share [file]',
    'encrypt and push a secret, print its link',
    'pass show db | ots share --ttl 1d',
    async (command) =>
      (await import('./commands/share.ts')).share(ctx, command.args[0], command.optsWithGlobals()),
  ).alias('conceal');
  share.option('--here', 'serve it from this machine, on the local network, until it was opened');
  addInputOptions(share);
  addPublishOptions(share);
  const generate = add(
    'generate',
    'make a random secret here and share it',
    'ots generate --words 6 --show',
    async (command) => (await import('./commands/generate.ts')).generate(ctx, command.optsWithGlobals()),
  )
    .option('--length <n>', 'characters (default: 24)')
    .option('--alphabet <name>', 'alnum (default), full, hex or digits')
    .option('--words <n>', 'words instead of characters')
    .option('--show', 'show the value as well, and erase it after Enter');
  addPublishOptions(generate);
  const encrypt = add(
    'encrypt [file]',
    'encrypt without a server',
    'ots encrypt notes.txt --key-file key > notes.ots',
    async (command) =>
      (await import('./commands/encrypt.ts')).encrypt(ctx, command.args[0], command.optsWithGlobals()),
  )
    .option('--key-file <file>', 'write the key there instead of to standard error')
    .option('-f, --force', 'overwrite the key file');
  addInputOptions(encrypt);
  addNewPassphraseOptions(encrypt);
}

function addOpening(add: Adder, ctx: Context): void {
  const reveal = add(
    'reveal <link>',
    'fetch a secret once, decrypt it, print it',
    "ots reveal 'https://…#…' > secret",
    async (command) =>
      (await import('./commands/reveal.ts')).reveal(ctx, command.args[0] ?? '', command.optsWithGlobals()),
  )
    .alias('get')
    .option('--plain', 'print encrypted text as it is when the link has no key');
  addOutputOptions(reveal);
  addPassphraseOptions(reveal);
  const decrypt = add(
    'decrypt [file]',
    'open encrypted text without a server',
    'ots decrypt notes.ots --key-file key',
    async (command) =>
      (await import('./commands/decrypt.ts')).decrypt(ctx, command.args[0], command.optsWithGlobals()),
  )
    .option('--link <link>', 'the link, or the part after its #')
    .option('--key-file <file>', 'a file that holds it');
  addOutputOptions(decrypt);
  addPassphraseOptions(decrypt);
}

function addRest(add: Adder, ctx: Context): void {
  const burn = add(
    'burn [targets...]',
    'destroy secrets without reading them',
    'ots burn LINK',
    async (command) =>
      (await import('./commands/burn.ts')).burn(ctx, command.args, command.optsWithGlobals()),
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
      (await import('./commands/status.ts')).status(ctx, command.args, command.optsWithGlobals()),
  );
  add('receipts', 'what this machine shared', 'ots receipts', async () =>
    (await import('./commands/receipts.ts')).receipts(ctx),
  ).alias('list');
  addServeOptions(
    add('serve', 'run an Onetime Secret-compatible server', 'ots serve --port 7143', async (command) =>
      (await import('./commands/serve.ts')).serve(ctx, command.optsWithGlobals()),
    ),
  );
  add(
    'page',
    'a web page that decrypts offline, for people without ots',
    'ots page -o decrypt.html',
    async (command) => (await import('./commands/page.ts')).page(ctx, command.optsWithGlobals()),
  )
    .option('-o, --output <file>', 'write to a file')
    .option('-f, --force', 'overwrite');
  add('try', 'the whole story on a server of its own', 'echo my secret | ots try', async () =>
    (await import('./commands/try.ts')).tryOut(ctx),
  );
}

function applyGlobals({ io, env }: Context, options: GlobalOptions): void {
  const color = options.color ?? 'auto';
  if (!isColorMode(color))
    throw new OtsError('usage', '--color is auto, always or never', { hint: 'check --color' });
  io.json = options.json ?? false;
  io.quiet = options.quiet ?? false;
  io.interactive = options.input !== false && !io.json && env['CI'] !== 'true' && io.stderrIsTerminal;
  io.paint = painter(colorLevel(color, env, io.stderrIsTerminal));
}

function isColorMode(value: string): value is ColorMode {
  return value === 'auto' || value === 'always' || value === 'never';
}

function beforeDashes(argv: string[]): string[] {
  const end = argv.indexOf('--');
  return end === -1 ? argv : argv.slice(0, end);
}

/** Wrong words, never echoed: what was typed in the wrong place may be the secret, or a link with its key. */
function usageError(error: CommanderError, argv: string[]): OtsError {
  const similar = /Did you mean (?:one of )?([a-z, -]+)\?/.exec(error.message)?.[1];
  const suggestion = similar === undefined ? 'see: ots help' : `did you mean ${similar}? see also: ots help`;
  if (error.code === 'commander.unknownCommand') {
    if (argv.some((word) => /^https?:\/\/.*\/secret\//i.test(word))) {
      return new OtsError('usage', 'a link alone is not a command', { hint: 'to open it: ots reveal LINK' });
    }
    return new OtsError('usage', 'there is no such command', { hint: suggestion });
  }
  if (error.code === 'commander.unknownOption') {
    const flag = /unknown option '(--?[A-Za-z][A-Za-z-]{0,30})/.exec(error.message)?.[1] ?? '';
    return new OtsError('usage', `there is no such option${flag === '' ? '' : ` (${flag})`}`, {
      hint: suggestion,
    });
  }
  const message = error.message.replace(/^error: /, '').split('\n')[0] ?? '';
  return new OtsError('usage', message, { hint: suggestion });
}
