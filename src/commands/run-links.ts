/** What `ots run` is to fetch: links by the name of a variable, from arguments, a file, or the environment itself. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isOtsError, OtsError } from '../core/index.ts';
import type { Context } from './context.ts';
import { readSecretLink, type SecretLink } from './fetch.ts';

export interface LinkOptions {
  /** `NAME=LINK`, or `NAME` alone when its value is the link. */
  env?: string[];
  envFile?: string[];
}

/** A variable, and the link to its value. */
export interface Wanted {
  name: string;
  link: SecretLink;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** What a sender put there would decide which programs and libraries run. */
const STEERING =
  /^(?:LD_.*|DYLD_.*|PATH|IFS|ENV|BASH_ENV|SHELLOPTS|NODE_OPTIONS|PYTHONSTARTUP|PERL5OPT|RUBYOPT)$/;

/** Reads and checks all links. @throws OtsError `usage` that names the variable, never the link */
export function readWanted(ctx: Context, { env = [], envFile = [] }: LinkOptions): Wanted[] {
  const given = [...env, ...envFile.flatMap((path) => linesOf(ctx, path))];
  if (given.length === 0) {
    throw new OtsError('usage', 'there is no link', { hint: 'give --env NAME=LINK or --env-file FILE' });
  }
  const byName = new Map<string, Wanted>();
  const bySecret = new Map<string, string>();
  for (const text of given) {
    const wanted = readOne(ctx, text);
    const { name, link } = wanted;
    if (byName.has(name)) {
      throw new OtsError('usage', `${name} is given twice`, { hint: 'nothing was spent; give it once' });
    }
    const secret = `${link.baseUrl} ${link.identifier}`;
    const other = bySecret.get(secret);
    if (other !== undefined) {
      throw new OtsError('usage', `${other} and ${name} have the same link, which opens only once`, {
        hint: 'nothing was spent; share the secret once for each',
      });
    }
    byName.set(name, wanted);
    bySecret.set(secret, name);
  }
  return [...byName.values()];
}

function readOne(ctx: Context, text: string): Wanted {
  const at = text.indexOf('=');
  const name = at === -1 ? text : text.slice(0, at);
  if (!NAME.test(name)) {
    throw new OtsError('usage', 'that is not NAME=LINK, or the name is none that a variable can have', {
      hint: 'letters, digits and _, not a digit first; nothing was spent',
    });
  }
  if (STEERING.test(name)) {
    throw new OtsError('usage', `${name} decides which programs run, and is not taken from a link`, {
      hint: 'nothing was spent; use another name, and set it inside the command',
    });
  }
  const link = at === -1 ? ctx.env[name] : text.slice(at + 1);
  if (!link) {
    throw new OtsError('usage', `${name} has no link`, {
      hint: 'give NAME=LINK, or NAME alone when the link is its value in the environment',
    });
  }
  try {
    return { name, link: readSecretLink(ctx, link) };
  } catch (error) {
    throw named(name, error);
  }
}

function linesOf(ctx: Context, path: string): string[] {
  let text: string;
  try {
    // Node reads what follows --env-file as well, wherever it stands, and first (nodejs/node#54232).
    if (!statSync(resolve(ctx.cwd, path)).isFile()) {
      throw new OtsError('usage', '--env-file takes a file, and that is none', {
        hint: 'a pipe would be empty',
      });
    }
    text = readFileSync(resolve(ctx.cwd, path), 'utf8');
  } catch (cause) {
    if (isOtsError(cause)) throw cause;
    throw new OtsError('usage', 'the file of --env-file cannot be read', { hint: 'check its name', cause });
  }
  return text
    .replace(/^\ufeff/, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** The error, with the variable that it is about. */
export function named(name: string, error: unknown): unknown {
  if (!isOtsError(error)) return error;
  const { hint, retryAfterSeconds, ambiguous, cause } = error;
  return new OtsError(error.code, `${name}: ${error.message}`, { hint, retryAfterSeconds, ambiguous, cause });
}
