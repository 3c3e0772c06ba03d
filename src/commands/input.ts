/**
 * Where the secret comes from: a file, standard input, the environment, the clipboard, an editor, a hidden prompt.
 * Bytes, never trimmed unasked.
 */
import { accessSync, constants, createReadStream, type Stats, statSync } from 'node:fs';
import { basename } from 'node:path';
import { isSafeFilename, MAX_BODY_BYTES, makeSafeFilename, OtsError } from '../core/index.ts';
import { askSecret } from '../io/prompt.ts';
import { systemCode } from '../local/files.ts';
import type { Context } from './context.ts';

export interface InputOptions {
  /** The name inside the envelope. */
  name?: string | false;
  /** Drops one final newline. */
  trim?: boolean;
  /** An environment variable that holds the secret. */
  env?: string;
  /** Takes the clipboard's text. */
  paste?: boolean;
  /** Opens an editor. */
  edit?: boolean;
}

export interface SecretInput {
  body: Uint8Array;
  filename: string | undefined;
}

/** What can be said before anybody is asked for anything. @throws OtsError `usage`, `refused` for a file too large */
export function checkInput(file: string | undefined, options: InputOptions): void {
  const sources = [file !== undefined, options.env !== undefined, options.paste, options.edit];
  if (sources.filter(Boolean).length > 1) {
    throw new OtsError('usage', 'a file, --env, --paste and --edit exclude each other', {
      hint: 'give one of them',
    });
  }
  if (file !== undefined && file !== '-') inspectFile(file);
}

/**
 * Reads the secret to its end.
 *
 * @param file a path, `-` for standard input, or undefined: standard input when piped, else a hidden prompt
 * @throws OtsError `usage` when nothing can be read or it is empty, `refused` beyond 64 MiB
 */
export async function readSecret(
  ctx: Context,
  file: string | undefined,
  options: InputOptions,
): Promise<SecretInput> {
  checkInput(file, options);
  const givenName = checkedName(options.name);
  const input =
    file !== undefined && file !== '-'
      ? await readFileSecret(file)
      : { body: await readUnnamed(ctx, file, options), filename: undefined };
  let { body } = input;
  if (options.trim) body = withoutFinalNewline(body);
  if (body.length === 0) throw new OtsError('usage', 'the secret is empty', { hint: 'nothing was shared' });
  if (body.length > MAX_BODY_BYTES) throw tooLarge();
  return { body, filename: options.name === false ? undefined : (givenName ?? input.filename) };
}

/** Whether somebody is about to type the secret, and would have to type it again. */
export function isTyped({ io }: Context, file: string | undefined, options: InputOptions): boolean {
  if (options.edit) return true;
  return file === undefined && options.env === undefined && !options.paste && io.stdinIsTerminal;
}

/** Reads a file that holds a text form, or standard input. Same errors, no size but memory's. */
export async function readText(ctx: Context, file: string | undefined, what: string): Promise<Uint8Array> {
  if (file !== undefined && file !== '-') {
    inspectFile(file, 2 * MAX_BODY_BYTES, 'check its name');
    return (await readFileSecret(file, 2 * MAX_BODY_BYTES)).body;
  }
  if (ctx.io.stdinIsTerminal) {
    throw new OtsError('usage', `${what} is missing`, { hint: 'name a file, or pipe it in' });
  }
  return ctx.io.readAll(2 * MAX_BODY_BYTES);
}

function checkedName(name: string | false | undefined): string | undefined {
  if (name === undefined || name === false) return undefined;
  if (isSafeFilename(name)) return name;
  throw new OtsError('usage', '--name is not a plain file name', {
    hint: 'without / \\ : and hidden characters, at most 255 bytes',
  });
}

function fromEnvironment(ctx: Context, name: string): Uint8Array {
  const value = ctx.env[name];
  if (value === undefined) {
    throw new OtsError('usage', 'the environment variable of --env is not set', {
      hint: 'give its name, not its value',
    });
  }
  return Buffer.from(value);
}

function readUnnamed(ctx: Context, file: string | undefined, options: InputOptions): Promise<Uint8Array> {
  if (options.env !== undefined) return Promise.resolve(fromEnvironment(ctx, options.env));
  if (options.paste) return pasted(ctx, options);
  if (options.edit) return edited(ctx, options);
  return readStandardInput(ctx, file, options);
}

async function pasted(ctx: Context, options: InputOptions): Promise<Uint8Array> {
  const { openClipboard } = await import('../io/clipboard.ts');
  const body = Buffer.from((await openClipboard(ctx.env)).content);
  if (body.length === 0) {
    throw new OtsError('usage', 'the clipboard holds no text', { hint: 'copy the secret first' });
  }
  tellNewline(ctx, body, options);
  return body;
}

async function edited(ctx: Context, options: InputOptions): Promise<Uint8Array> {
  const { editSecret } = await import('../io/editor.ts');
  const body = await editSecret(ctx.io, ctx.env);
  // An editor ends even an empty line.
  if (body.length === 0 || (body.length === 1 && body[0] === 0x0a))
    throw new OtsError('usage', 'nothing was written', { hint: 'nothing was shared' });
  tellNewline(ctx, body, options);
  return body;
}

async function readStandardInput(
  ctx: Context,
  file: string | undefined,
  options: InputOptions,
): Promise<Uint8Array> {
  const { io } = ctx;
  if (file === undefined && io.stdinIsTerminal) {
    return Buffer.from(
      await askSecret(io, 'Secret (not shown):', {
        what: 'the secret',
        flag: 'a pipe or a file: ots share FILE',
      }),
    );
  }
  const body = await io.readAll(MAX_BODY_BYTES);
  tellNewline(ctx, body, options);
  return body;
}

function tellNewline({ io }: Context, body: Uint8Array, { trim }: InputOptions): void {
  if (!trim && body.at(-1) === 0x0a)
    io.noteOnTerminal('note: the secret ends in a newline, and keeps it (--trim drops one)');
}

const PIPE_IT =
  'to share text, pipe it: printf %s "$TEXT" | ots share (what you typed may now be in your shell history)';

/**
 * Looks whether a file can be read.
 *
 * @param missingHint what to do where there is none
 * @throws OtsError `usage`, `refused` when it is too large
 */
function inspectFile(path: string, limitBytes = MAX_BODY_BYTES, missingHint = PIPE_IT): Stats {
  let stats: Stats;
  try {
    stats = statSync(path);
    accessSync(path, constants.R_OK);
  } catch (cause) {
    throw unreadable(cause, missingHint);
  }
  if (stats.isDirectory()) {
    throw new OtsError('usage', 'that is a folder, not a file', {
      hint: 'pack it first, for example with tar',
    });
  }
  if (stats.size > limitBytes) throw tooLarge();
  return stats;
}

async function readFileSecret(path: string, limitBytes = MAX_BODY_BYTES): Promise<SecretInput> {
  const stats = inspectFile(path, limitBytes);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > limitBytes) break;
    }
  } catch (cause) {
    throw unreadable(cause, PIPE_IT);
  }
  // A pipe's or device's name (/dev/fd/63) says nothing to the recipient.
  return {
    body: Buffer.concat(chunks, length),
    filename: stats.isFile() ? makeSafeFilename(basename(path)) : undefined,
  };
}

/** Never echoes the argument: it may be the secret itself, typed where a file name belongs. */
function unreadable(cause: unknown, missingHint: string): OtsError {
  if (systemCode(cause) === 'ENOENT' || systemCode(cause) === 'ENAMETOOLONG') {
    return new OtsError('usage', 'there is no such file', { hint: missingHint, cause });
  }
  return new OtsError('usage', 'the file cannot be read', { hint: 'check its permissions', cause });
}

function withoutFinalNewline(body: Uint8Array): Uint8Array {
  if (body.at(-1) !== 0x0a) return body;
  return body.subarray(0, body.at(-2) === 0x0d ? -2 : -1);
}

function tooLarge(): OtsError {
  return new OtsError(
    'refused',
    `the secret is larger than ${MAX_BODY_BYTES} bytes, the most that an envelope holds`,
    {
      hint: 'encrypt the file with a tool for files and share its key instead',
    },
  );
}
