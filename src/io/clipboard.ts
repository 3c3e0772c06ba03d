/**
 * The clipboard: the desktop's own through clipboardy, or the terminal's by an escape sequence (OSC 52), which works
 * over SSH too but never says whether it arrived. So links may go that way, secrets may not.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { OtsError } from '../core/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A clipboard that has answered. */
export interface Clipboard {
  /** What it held when it was opened. */
  readonly content: string;
  /** Replaces what it holds, and looks whether it did. @throws an error of the system or of clipboardy */
  write(text: string): Promise<void>;
}

/** A selection's owner on X11 may never answer. */
const PATIENCE_MS = 5_000;
/** What xsel hands over reliably, as seen: 3 kB always, 25 kB not always. */
const XSEL_BYTES = 4000;

/**
 * Opens the desktop's clipboard and reads it: whether a clipboard works shows only then, and reading changes nothing.
 *
 * @throws OtsError `usage` where none answers
 */
export async function openClipboard(env: Environment): Promise<Clipboard> {
  if (!hasDesktop(env)) throw noClipboard('there is no display, and so no clipboard');
  try {
    // 200 ms to load: only when asked for.
    const { default: clipboard } = await import('clipboardy');
    const content = await inTime(clipboard.read().catch(emptyOfText));
    return {
      content,
      write: async (text) => {
        await inTime(clipboard.write(text));
        if (comparable(await inTime(clipboard.read())) !== comparable(text))
          throw new Error('the clipboard holds something else');
      },
    };
  } catch (cause) {
    throw noClipboard('the clipboard does not answer', cause);
  }
}

/**
 * Copies a link: to the desktop's clipboard, or over SSH and without a display to that of the terminal.
 *
 * @returns which; a terminal never says whether it took the link
 * @throws OtsError `usage` when neither is there
 */
export async function copyLink(link: string, env: Environment): Promise<'desktop' | 'terminal'> {
  if (isRemote(env) || !hasDesktop(env)) {
    if (!writeToTerminal(copySequence(link, env), env))
      throw noClipboard('there is neither a display nor a terminal');
    return 'terminal';
  }
  const clipboard = await openClipboard(env);
  await clipboard.write(link).catch((cause: unknown) => {
    throw noClipboard('the clipboard does not take it', cause);
  });
  return 'desktop';
}

/** xsel hands long texts over in pieces, and when it was asked once, answers the next now and then with nothing. */
export function mayLose(text: string, env: Environment): boolean {
  const usesXsel = process.platform === 'linux' && !env['WAYLAND_DISPLAY'] && !env['WSL_DISTRO_NAME'];
  return usesXsel && Buffer.byteLength(text) > XSEL_BYTES;
}

function isRemote(env: Environment): boolean {
  return Boolean(env['SSH_CONNECTION'] || env['SSH_TTY']);
}

function hasDesktop(env: Environment): boolean {
  if (['darwin', 'win32', 'android'].includes(process.platform)) return true;
  return Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY'] || env['WSL_DISTRO_NAME']);
}

/** OSC 52. Source: XTerm control sequences, "Manipulate Selection Data". */
function copySequence(text: string, env: Environment): string {
  const sequence = `\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`;
  if (!env['TMUX']) return sequence;
  // tmux takes it itself with `set-clipboard on`, or hands the wrapped one on with `allow-passthrough on`.
  return `${sequence}\u001bPtmux;${sequence.replaceAll('\u001b', '\u001b\u001b')}\u001b\\`;
}

function writeToTerminal(text: string, env: Environment): boolean {
  if (env['TERM'] === 'dumb') return false;
  let terminal: number | undefined;
  try {
    terminal = openSync('/dev/tty', 'w');
    writeSync(terminal, text);
    return true;
  } catch {
    return false;
  } finally {
    if (terminal !== undefined) closeSync(terminal);
  }
}

/** A clipboard that holds a picture has answered, too. @throws the error again when it means something else */
function emptyOfText(error: unknown): string {
  if (error instanceof Error && /suitable type|requested type/i.test(error.message)) return '';
  throw error;
}

/** Some clipboards change the ends of lines, or end the last one. */
function comparable(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/\n+$/, '');
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the clipboard does not answer')), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function noClipboard(message: string, cause?: unknown): OtsError {
  const hint =
    process.platform === 'linux'
      ? 'a clipboard takes a desktop, and wl-clipboard or xsel'
      : 'is this a session with a desktop?';
  return new OtsError('usage', message, { hint, cause });
}
