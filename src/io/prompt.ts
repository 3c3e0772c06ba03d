/**
 * Prompts on the controlling terminal: stdin may be a pipe, stdout carries only results, and secrets are never echoed.
 */
import { closeSync, openSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';
import { isOtsError, OtsError } from '../core/index.ts';
import type { Streams } from './streams.ts';

/** How long to look for more of what was pasted. */
const SETTLING_MS = 30;

/**
 * Asks for a line without echo.
 *
 * @param missing the error's words where nobody can be asked: what is missing and which flag gives it
 * @throws OtsError `usage` without a terminal, `interrupted` on Ctrl-C
 */
export async function askSecret(
  io: Streams,
  question: string,
  missing: { what: string; flag: string },
): Promise<string> {
  return ask(io, question, 'secret', missing);
}

/** Asks for a line that may be seen. @throws OtsError as {@link askSecret} */
export async function askLine(
  io: Streams,
  question: string,
  missing: { what: string; flag: string },
): Promise<string> {
  return (await ask(io, question, 'shown', missing)).trim();
}

/** Asks yes or no; only `y` and `yes` are yes. */
export async function confirm(
  io: Streams,
  question: string,
  missing: { what: string; flag: string },
): Promise<boolean> {
  const answer = await ask(io, `${question} [y/N]`, 'shown', missing);
  return /^y(?:es)?$/i.test(answer.trim());
}

/** Waits for Enter. */
export async function waitForEnter(io: Streams, question: string): Promise<void> {
  await ask(io, question, 'ignored', { what: 'a terminal', flag: '--json' });
}

/** @param kind whether what is typed is shown, and whether it matters */
async function ask(
  io: Streams,
  question: string,
  kind: 'secret' | 'shown' | 'ignored',
  missing: { what: string; flag: string },
): Promise<string> {
  const refused = (): OtsError =>
    new OtsError('usage', `${missing.what} is missing, and there is no terminal to ask on`, {
      hint: `give it with ${missing.flag}`,
    });
  if (!io.interactive) throw refused();
  const silent = kind !== 'shown';
  const terminal = openTerminal();
  if (terminal === undefined) throw refused();
  const { read } = await import('read');
  const rest = kind === 'secret' ? restOfInput(terminal.input) : undefined;
  // Silent, the editor does not draw it again.
  const redraw = (): unknown => silent && terminal.output.write(`${question} `);
  const outlast = outlastSuspension(terminal.input, redraw);
  try {
    const answer = read({
      prompt: question,
      silent,
      input: terminal.input,
      output: terminal.output,
      terminal: true,
    });
    const line = await Promise.race([answer, outlast.endOfInput]);
    if (await rest?.follows()) throw severalLines();
    return line;
  } catch (cause) {
    if (isOtsError(cause)) throw cause;
    throw new OtsError('interrupted', 'interrupted', { cause });
  } finally {
    outlast.over();
    if (silent) terminal.output.write('\n');
    terminal.close();
  }
}

/** A pasted key file, say: taking its first line would lose the others, and leave them to the shell. */
function severalLines(): OtsError {
  return new OtsError('usage', 'more than one line was pasted, and a prompt takes one', {
    hint: 'use a pipe, a file or --edit for several lines; what was pasted is dropped',
  });
}

/** What comes right behind the line that was asked for: read unseen as well, and told. */
function restOfInput(input: ReadStream): { follows(): Promise<boolean> } {
  let ended = false;
  let keys = 0;
  // The editor leaves raw mode with the line; whatever the terminal gets in that moment, it would show.
  const setRawMode = input.setRawMode.bind(input);
  input.setRawMode = (on) => (on || !ended ? setRawMode(on) : input);
  input.on('keypress', (_text: unknown, { name }: { name?: string }) => {
    const isEnd = name === 'return' || name === 'enter';
    if (ended && !isEnd) keys++;
    ended ||= isEnd;
  });
  return {
    async follows() {
      input.resume();
      for (let before = -1; before !== keys; ) {
        before = keys;
        await new Promise((resolve) => setTimeout(resolve, SETTLING_MS));
      }
      // Before anything is printed: whoever answers that types as the terminal was.
      setRawMode(false);
      return keys > 0;
    },
  };
}

/**
 * Tells Ctrl-D from Ctrl-Z: `read` never settles when its line editor closes without a line, and the editor pauses its
 * input then as well as when the program is continued after a suspension.
 */
function outlastSuspension(
  input: ReadStream,
  redraw: () => void,
): { endOfInput: Promise<never>; over: () => void } {
  let continued = false;
  const onContinue = (): void => {
    continued = true;
  };
  // Before the editor's own, which is what pauses.
  process.prependListener('SIGCONT', onContinue);
  const endOfInput = new Promise<never>((_, reject) => {
    input.on('pause', () => {
      if (!continued) {
        // After a line the answer is there first.
        setImmediate(() => reject(new Error('end of input')));
        return;
      }
      continued = false;
      // The editor does so too, but only after this: whoever sees the question again must not see the answer.
      input.setRawMode(true);
      input.resume();
      redraw();
    });
  });
  endOfInput.catch(() => undefined);
  return { endOfInput, over: () => process.off('SIGCONT', onContinue) };
}

/** Opens /dev/tty twice: one descriptor reads, one writes. Undefined without a controlling terminal. */
function openTerminal(): { input: ReadStream; output: WriteStream; close: () => void } | undefined {
  let input: number | undefined;
  try {
    input = openSync('/dev/tty', 'r');
    const output = openSync('/dev/tty', 'w');
    const streams = { input: new ReadStream(input), output: new WriteStream(output) };
    const close = (): void => {
      // The line editor leaves raw mode on close; once more costs nothing if it failed midway.
      ReadStream.prototype.setRawMode.call(streams.input, false);
      streams.input.destroy();
      streams.output.destroy();
    };
    return { ...streams, close };
  } catch {
    if (input !== undefined) closeSync(input);
    return undefined;
  }
}
