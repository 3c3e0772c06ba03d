/** How a command is declared: description, an example first, and what runs. */
import type { Command } from 'commander';

/** Adds one command. What `act` returns is the exit code when it is a number. */
export type Adder = (
  usage: string,
  words: string,
  /** What to type, a line each. */
  examples: string,
  act: (command: Command) => Promise<unknown>,
) => Command;

/** Declares commands: description, an example first, and what runs. A number that comes back is the exit code. */
export function adder(program: Command, setExitCode: (code: number) => void): Adder {
  return (usage, words, examples, act) =>
    program
      .command(usage)
      .description(words)
      .addHelpText('before', `${examples.replace(/^(?: *\$ )?/gm, '  $ ')}\n`)
      .addHelpText('after', '\nOptions of every command (--server, --json, --quiet, …): ots --help')
      .action(async (...args: unknown[]) => {
        const code = await act(args.at(-1) as Command);
        if (typeof code === 'number') setExitCode(code);
      });
}
