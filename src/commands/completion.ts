/** `ots completion`: scripts for shells, which ask the program itself what may stand at a place. */
import { OtsError } from '../core/index.ts';
import type { Context } from './context.ts';

/** What completion needs of a declared command; commander's own type fits. */
export interface Declared {
  name(): string;
  aliases(): string[];
  description(): string;
  readonly commands: readonly Declared[];
  readonly options: readonly DeclaredOption[];
  readonly registeredArguments: readonly { name(): string; readonly variadic: boolean }[];
}

interface DeclaredOption {
  readonly short?: string | undefined;
  readonly long?: string | undefined;
  readonly description: string;
  readonly flags: string;
  readonly required: boolean;
}

const SCRIPTS: Record<string, string> = {
  // The last line of an answer tells what else may stand there: `:file` for file names.
  bash: `# bash completion for ots; in ~/.bashrc:  source <(ots completion bash)
_ots() {
  local IFS=$'\\n' lines words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  lines=($("\${COMP_WORDS[0]}" __complete -- "\${words[@]}" 2>/dev/null))
  COMPREPLY=()
  local line current="\${COMP_WORDS[COMP_CWORD]}"
  for line in "\${lines[@]}"; do
    if [ "$line" = ":file" ]; then
      compopt -o filenames 2>/dev/null
      COMPREPLY+=($(compgen -f -- "$current"))
    else
      COMPREPLY+=("\${line%%$'\\t'*}")
    fi
  done
}
complete -F _ots ots onetime
`,
  zsh: `#compdef ots onetime
# zsh completion for ots; in ~/.zshrc:  source <(ots completion zsh)
_ots() {
  local line files=0
  local -a found
  for line in "\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ "$line" == ":file" ]]; then
      files=1
    elif [[ -n "$line" ]]; then
      found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    fi
  done
  (( \${#found} )) && _describe ots found
  (( files )) && _files
  return 0
}
if [ "\${funcstack[1]}" = "_ots" ]; then _ots "$@"; else compdef _ots ots onetime; fi
`,
  fish: `# fish completion for ots; ots completion fish > ~/.config/fish/completions/ots.fish
function __ots_complete
  set -l words (commandline -opc) (commandline -ct)
  for line in ($words[1] __complete -- $words[2..-1] 2>/dev/null)
    if test "$line" = ":file"
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c ots -f -a '(__ots_complete)'
complete -c onetime -f -a '(__ots_complete)'
`,
};

/** Prints a shell's script. @throws OtsError `usage` for another shell */
export async function completion(ctx: Context, shell: string): Promise<void> {
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script === undefined) {
    throw new OtsError('usage', 'there is completion for bash, zsh and fish', {
      hint: 'for example: source <(ots completion bash)',
    });
  }
  await ctx.io.out(script);
}

/** What takes words of a closed set, by option or argument. */
const VALUES: Record<string, string[]> = {
  '--region': ['us', 'ca', 'eu', 'nz', 'uk'],
  '--api': ['auto', 'v1', 'v2', 'v3'],
  '--color': ['auto', 'always', 'never'],
  '--alphabet': ['alnum', 'full', 'hex', 'digits'],
  '--log': ['json', 'text', 'none'],
  '--mask': ['github', 'none'],
  shell: ['bash', 'zsh', 'fish'],
  action: ['get', 'set', 'unset', 'list', 'path'],
};
const FILE = ':file';
const HELP: DeclaredOption = {
  short: '-h',
  long: '--help',
  description: 'how it works',
  flags: '-h, --help',
  required: false,
};

/** Prints what may stand where the last word is, one a line with a tab and words about it; `:file` for file names. */
export async function complete(ctx: Context, program: Declared, words: string[]): Promise<void> {
  const current = words.at(-1) ?? '';
  const found = await candidates(ctx, program, words.slice(0, -1), current).catch(() => []);
  const lines = found.filter((line) => line === FILE || line.startsWith(current));
  if (lines.length > 0) await ctx.io.out(`${lines.join('\n')}\n`);
}

async function candidates(
  ctx: Context,
  program: Declared,
  before: string[],
  current: string,
): Promise<string[]> {
  const { command, pending, count } = readLine(program, before);
  if (pending !== undefined) return optionValues(ctx, pending);
  const visible = program.commands.filter((one) => !one.name().startsWith('_'));
  if (current.startsWith('-')) {
    const options = [...(command?.options ?? []), ...program.options, HELP];
    return options.map((one) => `${one.long ?? one.short}\t${one.description}`);
  }
  const names = (): string[] => [
    ...visible.flatMap((one) =>
      [one.name(), ...one.aliases()].map((name) => `${name}\t${one.description()}`),
    ),
    'help\thow a command works',
  ];
  if (command === undefined) return names();
  const { registeredArguments: args } = command;
  const argument = args[count] ?? (args.at(-1)?.variadic ? args.at(-1) : undefined);
  return argument === undefined ? [] : argumentValues(ctx, command, argument.name(), count);
}

/** Walks the words before the cursor: the command, how many arguments it has, and an option that waits for its value. */
function readLine(
  program: Declared,
  before: string[],
): { command: Declared | undefined; pending: DeclaredOption | undefined; count: number } {
  let command: Declared | undefined;
  let pending: DeclaredOption | undefined;
  let count = 0;
  for (const word of before) {
    if (pending !== undefined) pending = undefined;
    else if (word.startsWith('-') && word !== '-') {
      const option = [...(command?.options ?? []), ...program.options].find(
        (one) => one.long === word || one.short === word,
      );
      if (option?.required) pending = option;
    } else if (command === undefined) {
      command = program.commands.find((one) => one.name() === word || one.aliases().includes(word));
    } else count++;
  }
  return { command, pending, count };
}

async function optionValues(ctx: Context, option: DeclaredOption): Promise<string[]> {
  const long = option.long ?? '';
  if (long === '--profile') return profiles(ctx);
  if (/<file>/.test(option.flags)) return [FILE];
  return VALUES[long] ?? [];
}

/** @param count of the arguments before it */
async function argumentValues(
  ctx: Context,
  command: Declared,
  argument: string,
  count: number,
): Promise<string[]> {
  if (argument === 'file') return [FILE];
  if (argument === 'targets' || (argument === 'words' && count > 0)) return receipts(ctx);
  if (argument === 'words') return ['forget\tremove some from the list of this machine'];
  if (argument === 'key') return [...(await import('../local/config.ts')).CONFIG_KEYS, 'profile'];
  return (command.name() === 'help' ? [] : VALUES[argument]) ?? [];
}

async function profiles(ctx: Context): Promise<string[]> {
  const { readConfig } = await import('../local/config.ts');
  return [...((await readConfig(ctx.paths.config))?.profiles.keys() ?? [])];
}

/** Newest first; only those that may still be open. */
async function receipts(ctx: Context): Promise<string[]> {
  const { isLive, readReceipts } = await import('../local/receipts.ts');
  return readReceipts(ctx.paths.state)
    .filter(isLive)
    .reverse()
    .slice(0, 200)
    .map(({ receipt_id, label, created_at }) =>
      `${receipt_id}\t${label ?? created_at}`.replace(/[\n\r]/g, ' '),
    );
}
