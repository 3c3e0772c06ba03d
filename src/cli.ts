/**
 * The commander program: every flag declared once, no logic. A command's module loads only when it is called.
 */
import { Command, CommanderError } from 'commander';
import { addAccount } from './cli/account.ts';
import { adder } from './cli/declare.ts';
import { HELP } from './cli/help.ts';
import { addKeeping } from './cli/keeping.ts';
import { addOpening } from './cli/opening.ts';
import { addRunning } from './cli/running.ts';
import { addSharing } from './cli/sharing.ts';
import type { Context, GlobalOptions } from './commands/context.ts';
import { OtsError } from './core/errors.ts';
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
  let printed = Promise.resolve();
  const program = buildProgram(ctx, {
    setExitCode: (code) => {
      exitCode = code;
    },
    print: (text) => {
      printed = printed.then(() => ctx.io.out(text));
      printed.catch(() => undefined);
    },
  });
  if (argv.length === 0) {
    program.outputHelp();
    await printed;
    return 0;
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    await printed;
    if (error.exitCode === 0) return 0;
    if (error.code === 'commander.help')
      throw new OtsError('usage', 'there is no such command', { hint: 'all of them: ots help' });
    throw usageError(error, argv, program);
  }
  return exitCode;
}

function buildProgram(
  ctx: Context,
  { setExitCode, print }: { setExitCode: (code: number) => void; print: (text: string) => void },
): Command {
  const program = new Command('ots')
    .description('Hand a secret to somebody, once.')
    .version(ctx.version)
    .exitOverride()
    .configureOutput({
      writeOut: print,
      writeErr: () => undefined,
    })
    .configureHelp(HELP)
    .helpCommand('help [command]', 'how a command works')
    .option('--profile <name>', 'the profile of config.toml to use')
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
    .option('--color <when>', 'auto (default), always or never')
    .hook('preAction', (_, command) => applyGlobals(ctx, command.optsWithGlobals<GlobalOptions>()));
  const add = adder(program, setExitCode);
  program.commandsGroup('Share:');
  addSharing(add, ctx);
  program.commandsGroup('Open:');
  addOpening(add, ctx);
  program.commandsGroup('Keep track:');
  addKeeping(add, ctx);
  program.commandsGroup('Run:');
  addRunning(add, ctx);
  program.commandsGroup('Account and settings:');
  addAccount(add, ctx, program);
  program.commandsGroup('More:');
  return program;
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
function usageError(error: CommanderError, argv: string[], program: Command): OtsError {
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
    if (error.message.includes(`${flag}=`) && isFlag(program, flag)) {
      const hint = flag.startsWith('--passphrase')
        ? 'it is asked for, or comes from --passphrase-file FILE; what was typed may now be in your shell history'
        : 'leave out what is behind the =';
      return new OtsError('usage', `${flag} takes no value`, { hint });
    }
    return new OtsError('usage', `there is no such option${flag === '' ? '' : ` (${flag})`}`, {
      hint: suggestion,
    });
  }
  const message = error.message.replace(/^error: /, '').split('\n')[0] ?? '';
  return new OtsError('usage', message, { hint: suggestion });
}

/** Whether some command has a flag of that name. */
function isFlag(program: Command, name: string): boolean {
  return [program, ...program.commands].some(({ options }) => options.some(({ long }) => long === name));
}
