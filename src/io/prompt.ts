/**
 * Prompts on the controlling terminal: stdin may be a pipe, stdout carries only results, and secrets are never echoed.
 */
import { closeSync, openSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';
import { isOtsError, OtsError } from '../core/index.ts';
import type { Streams } from './streams.ts';

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
  return ask(io, question, true, missing);
}

/** Asks for a line that may be seen. @throws OtsError as {@link askSecret} */
export async function askLine(
  io: Streams,
  question: string,
  missing: { what: string; flag: string },
): Promise<string> {
  return (await ask(io, question, false, missing)).trim();
}

/** Asks yes or no; only `y` and `yes` are yes. */
export async function confirm(
  io: Streams,
  question: string,
  missing: { what: string; flag: string },
): Promise<boolean> {
  const answer = await ask(io, `${question} [y/N]`, false, missing);
  return /^y(?:es)?$/i.test(answer.trim());
}

/** Waits for Enter. */
export async function waitForEnter(io: Streams, question: string): Promise<void> {
  await ask(io, question, true, { what: 'a terminal', flag: '--json' });
}

async function ask(
  io: Streams,
  question: string,
  silent: boolean,
  missing: { what: string; flag: string },
): Promise<string> {
  const refused = (): OtsError =>
    new OtsError('usage', `${missing.what} is missing, and there is no terminal to ask on`, {
      hint: `give it with ${missing.flag}`,
    });
  if (!io.interactive) throw refused();
  const terminal = openTerminal();
  if (terminal === undefined) throw refused();
  const { read } = await import('read');
  try {
    const answer = read({
      prompt: question,
      silent,
      input: terminal.input,
      output: terminal.output,
      terminal: true,
    });
    return await Promise.race([answer, endOfInput(terminal.input)]);
  } catch (cause) {
    if (isOtsError(cause)) throw cause;
    throw new OtsError('interrupted', 'interrupted', { cause });
  } finally {
    if (silent) terminal.output.write('\n');
    terminal.close();
  }
}

/** Rejects after Ctrl-D: `read` never settles when its line editor closes without a line. */
function endOfInput(input: ReadStream): Promise<never> {
  return new Promise((_, reject) => {
    // The editor pauses its input when it closes; after a line the answer is there first.
    input.once('pause', () => setImmediate(() => reject(new Error('end of input'))));
  });
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
      streams.input.setRawMode(false);
      streams.input.destroy();
      streams.output.destroy();
    };
    return { ...streams, close };
  } catch {
    if (input !== undefined) closeSync(input);
    return undefined;
  }
}
