/** How help looks: what to type first, commands before options, short terms. */
import { type Command, Help } from 'commander';

/** For `configureHelp`; a command's own help keeps commander's order, in which its options come last anyway. */
export const HELP: Partial<Help> = {
  /** On a narrow terminal words still end where lines do. */
  minWidthToWrap: 10,
  /** `share [file]`: that it has options, and its other names, tells its own help. */
  subcommandTerm: (command) => [command.name(), words(command)].join(' ').trimEnd(),
  formatHelp(command, helper) {
    if (command.parent !== null) return Help.prototype.formatHelp.call(this, command, helper);
    const width = helper.padWidth(command, helper);
    const line = (term: string, text: string): string => helper.formatItem(term, width, text, helper);
    const groups = helper.groupItems(
      command.commands as Command[],
      helper.visibleCommands(command),
      (one) => one.helpGroup() || MORE,
    );
    const lists = [...groups].map(([heading, members]) => [
      `${heading}`,
      ...members.map((one) => line(helper.subcommandTerm(one), helper.subcommandDescription(one))),
    ]);
    const options = helper
      .visibleOptions(command)
      .map((one) => line(helper.optionTerm(one), helper.optionDescription(one)));
    const parts = [[command.description()], EXAMPLES, ...lists, ['Options of every command:', ...options]];
    return `${parts.map((part) => part.join('\n')).join('\n\n')}\n\nExamples and options of a command: ots help COMMAND\n`;
  },
};

const MORE = 'More:';
const EXAMPLES = [
  '  $ pass show db | ots share',
  '  https://eu.onetimesecret.com/secret/\u2026#\u2026',
  "  $ ots reveal 'https://eu.onetimesecret.com/secret/\u2026#\u2026'",
];

function words(command: Command): string {
  return command.registeredArguments
    .map((one) => {
      const name = one.name() + (one.variadic ? '...' : '');
      return one.required ? `<${name}>` : `[${name}]`;
    })
    .join(' ');
}
