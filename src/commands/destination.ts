/**
 * Where a revealed secret goes, opened before the secret is spent: standard output, a terminal, a file.
 */
import { closeSync, lstatSync, openSync, realpathSync, statSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { decodeUtf8 } from '../core/bytes.ts';
import { OtsError } from '../core/index.ts';
import { sanitize, sanitizeLine } from '../io/sanitize.ts';
import { openDraft, systemCode, writeAll } from '../local/files.ts';
import type { Context } from './context.ts';

export interface OutputOptions {
  output?: string;
  /** -O: the name inside the envelope, in the current folder. */
  remoteName?: boolean;
  force?: boolean;
  /** To the clipboard: see to-clipboard.ts. */
  copy?: boolean;
}

/** A secret on its way out. */
export interface Delivery {
  body: Uint8Array;
  filename: string | undefined;
}

export interface Destination {
  /** Delivers and flushes. @returns the file's path, if it is a file @throws OtsError `undelivered` */
  deliver(delivery: Delivery): Promise<string | undefined>;
  /** Why what was delivered may be lost all the same; then an encrypted secret is kept in `recovered/` as well. */
  readonly doubt?: string | undefined;
  /** Removes what was opened, if nothing was delivered. */
  discard(): void;
}

/** Opens the destination. @throws OtsError `usage` when it cannot be written; nothing is spent yet */
export function openDestination(ctx: Context, options: OutputOptions): Destination {
  if (options.output !== undefined && options.remoteName) {
    throw new OtsError('usage', '--output and --remote-name exclude each other', {
      hint: 'give one of them',
    });
  }
  if (options.remoteName) return openNamed(ctx, options.force ?? false);
  if (options.output !== undefined && options.output !== '-') {
    return openFile(resolve(ctx.cwd, options.output), options.force ?? false);
  }
  if (ctx.io.stdoutIsClosed) {
    throw new OtsError('usage', 'standard output is closed: the secret would be lost', {
      hint: 'name a file with -o; nothing was spent',
    });
  }
  ctx.io.unblockStdout();
  return { deliver: (delivery) => deliverToStdout(ctx, delivery), discard: () => undefined };
}

function openFile(path: string, force: boolean): Destination {
  const target = checkTarget(path, force);
  if (target === 'stream') return openStream(path);
  const draft = draftBeside(target.path);
  return {
    deliver: async ({ body }) => {
      try {
        draft.write(body);
        draft.commit({ overwrite: force });
        return path;
      } catch (cause) {
        throw undelivered(cause);
      }
    },
    discard: () => draft.discard(),
  };
}

/** A pipe or a device (/dev/stdout, a named pipe): written straight, since it cannot be replaced. */
function openStream(path: string): Destination {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'w');
  } catch (cause) {
    throw unwritable(path, cause);
  }
  const close = (): void => {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };
  return {
    deliver: async ({ body }) => {
      try {
        if (descriptor !== undefined) writeAll(descriptor, body);
        close();
        return path;
      } catch (cause) {
        throw undelivered(cause);
      }
    },
    discard: close,
  };
}

/** The name is known only after the secret was spent, so an existing file means another name, never a failure. */
function openNamed(ctx: Context, force: boolean): Destination {
  const draft = draftBeside(join(ctx.cwd, 'secret'));
  return {
    deliver: async ({ body, filename }) => {
      const name = localName(filename);
      try {
        draft.write(body);
        for (let attempt = 0; ; attempt++) {
          const path = join(ctx.cwd, attempt === 0 ? name : numbered(name, attempt));
          try {
            draft.commit({ overwrite: force, path });
            ctx.io.note(`saved as ${sanitizeLine(path)}`);
            return path;
          } catch (error) {
            if (systemCode(error) !== 'EEXIST' || attempt > 999) throw error;
          }
        }
      } catch (cause) {
        throw undelivered(cause);
      }
    },
    discard: () => draft.discard(),
  };
}

/**
 * What stands at the output's path: nothing, a file that may be replaced, or something to be written into.
 *
 * @returns the path to replace, symbolic links resolved, so that a link survives and its target gets the secret
 */
function checkTarget(path: string, force: boolean): 'stream' | { path: string } {
  if (!standsSomething(path)) return { path };
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new OtsError('usage', 'the output is a symbolic link that leads nowhere', {
      hint: 'choose another with -o; nothing was spent',
    });
  }
  if (stats.isDirectory())
    throw new OtsError('usage', 'the output is a folder', { hint: 'name a file in it' });
  if (!stats.isFile()) return 'stream';
  if (!force) {
    throw new OtsError('usage', 'the output file exists already', {
      hint: '--force overwrites it; nothing was spent',
    });
  }
  return { path: realpathSync(path) };
}

function standsSomething(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (cause) {
    throw unwritable(path, cause); // a parent is a file, or may not be searched
  }
}

function draftBeside(path: string): ReturnType<typeof openDraft> {
  try {
    return openDraft(path);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

function unwritable(path: string, cause: unknown): OtsError {
  const why = systemCode(cause) === 'ENOENT' ? 'does not exist' : 'cannot be written';
  return new OtsError('usage', `the folder of the output ${why} (${sanitizeLine(dirname(path))})`, {
    hint: 'choose another with -o; nothing was spent',
    cause,
  });
}

/** The sender's name, made harmless here: no hidden file, no option, no device name of Windows. */
export function localName(filename: string | undefined): string {
  if (filename === undefined) return 'secret';
  const name = filename
    .replace(/^[.\-~]+/, '_')
    .replace(/[<>"|?*]/g, '_')
    .replace(/[. ]+$/, '_');
  return /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(name) ? `_${name}` : name;
}

function numbered(name: string, count: number): string {
  const extension = extname(name);
  return `${name.slice(0, name.length - extension.length)}-${count}${extension}`;
}

async function deliverToStdout(ctx: Context, { body }: Delivery): Promise<undefined> {
  const { io } = ctx;
  if (!io.stdoutIsTerminal) {
    await io.out(body);
    return;
  }
  const text = decodeUtf8(body);
  if (text === undefined || text.includes('\0')) {
    throw new OtsError('undelivered', 'the secret is binary and is not shown on a terminal', {
      hint: 'write it to a file with -o FILE, or pipe it',
    });
  }
  const shown = sanitize(text);
  await io.out(shown.text);
  // The newline belongs to the screen, not to the secret.
  if (!shown.text.endsWith('\n')) await io.err('\n');
  if (shown.escaped > 0) {
    io.warn(
      `${shown.escaped} control or invisible character(s) are shown escaped; a pipe or -o FILE gets the exact bytes`,
    );
  }
}

function undelivered(cause: unknown): OtsError {
  const why = systemCode(cause) === 'ENOSPC' ? 'the disk is full' : 'the output file could not be written';
  return new OtsError('undelivered', why, { cause });
}
