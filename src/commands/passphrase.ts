/** Where passphrases come from: a prompt, a file, the environment, words made here. Never an argument. */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { decodePassphraseFile, isShortPassphrase, OtsError, preparePassphrase } from '../core/index.ts';
import { askSecret } from '../io/prompt.ts';
import type { Context } from './context.ts';

const MISSING = { what: 'the passphrase', flag: '--passphrase-file FILE or OTS_PASSPHRASE' };
const MISSING_RAW = { what: 'the passphrase', flag: '--passphrase-file FILE' };
const PROMPT_TRIES = 3;

export interface PassphraseOptions {
  passphrase?: boolean;
  passphraseFile?: string;
}

export interface NewPassphraseOptions extends PassphraseOptions {
  generatePassphrase?: boolean;
  passphraseWords?: string;
}

export interface NewPassphrase {
  text: string;
  /** Made here: it must be shown, or nobody can open the secret. */
  generated: boolean;
}

/**
 * The passphrase for a new secret, or undefined when none was asked for.
 *
 * @param sealed false for --plain: the server checks the passphrase itself and sees it as typed
 * @throws OtsError `usage` when one was asked for and cannot be had
 */
export async function newPassphrase(
  ctx: Context,
  options: NewPassphraseOptions,
  sealed: boolean,
): Promise<NewPassphrase | undefined> {
  const asked = [options.passphrase, options.passphraseFile !== undefined, options.generatePassphrase];
  if (asked.filter(Boolean).length > 1) {
    throw new OtsError(
      'usage',
      '--passphrase, --passphrase-file and --generate-passphrase exclude each other',
      {
        hint: 'give one of them',
      },
    );
  }
  if (options.passphraseWords !== undefined && !options.generatePassphrase) {
    throw new OtsError('usage', '--passphrase-words goes with --generate-passphrase', { hint: 'give both' });
  }
  const chosen = await choosePassphrase(ctx, options, sealed);
  if (chosen === undefined) return undefined;
  if (sealed) preparePassphrase(chosen.text);
  else if (chosen.text === '')
    throw new OtsError('usage', 'the passphrase is empty', { hint: 'nothing was shared' });
  if (isShortPassphrase(chosen.text)) {
    ctx.io.warn('the passphrase is short: whoever gets link and ciphertext can guess it offline');
  }
  return chosen;
}

/** @throws OtsError `usage` where what only stderr carries would be lost */
export function refuseClosedStderr(io: Context['io']): void {
  if (!io.stderrIsClosed) return;
  throw new OtsError('usage', 'standard error is closed: nobody would get the key or the passphrase', {
    hint: 'leave it open, or add --json',
  });
}

/** Shows a passphrase that was made here. @throws OtsError `undelivered` when nobody got it */
export async function showGenerated(io: Context['io'], passphrase: string, burnHint: string): Promise<void> {
  await io.errResult(`passphrase: ${passphrase}\n`).catch((cause: unknown) => {
    throw new OtsError(
      'undelivered',
      'the passphrase made for the secret could not be written to standard error',
      {
        hint: `nobody can open it; ${burnHint}`,
        cause,
      },
    );
  });
}

async function choosePassphrase(
  ctx: Context,
  options: NewPassphraseOptions,
  sealed: boolean,
): Promise<NewPassphrase | undefined> {
  if (options.generatePassphrase) {
    if (!ctx.io.json) refuseClosedStderr(ctx.io);
    const words = parseWordCount(options.passphraseWords ?? '6', '--passphrase-words');
    return { text: await randomWords(words), generated: true };
  }
  if (options.passphraseFile !== undefined)
    return { text: readPassphraseFile(options.passphraseFile), generated: false };
  if (options.passphrase) return { text: await askTwice(ctx, sealed), generated: false };
  const fromEnv = ctx.env['OTS_PASSPHRASE'];
  if (fromEnv === undefined) return undefined;
  if (sealed) return { text: fromEnv, generated: false };
  throw new OtsError('usage', 'OTS_PASSPHRASE is never sent to a server, and --plain would have to', {
    hint: 'use --passphrase-file, or unset it',
  });
}

async function askTwice(ctx: Context, sealed: boolean): Promise<string> {
  const missing = sealed ? MISSING : MISSING_RAW;
  const first = await askSecret(ctx.io, 'Passphrase:', missing);
  const second = await askSecret(ctx.io, 'Passphrase, once more:', missing);
  if (first !== second)
    throw new OtsError('usage', 'the two passphrases differ', { hint: 'nothing was shared' });
  return first;
}

/** Passphrases to open a secret with: one from a file or the environment, or up to three from a prompt. */
export interface PassphraseSource {
  next(): Promise<string>;
  /** Whether another try makes sense after a wrong one. */
  readonly mayRetry: boolean;
}

/**
 * @param sealed false for an ordinary link: OTS_PASSPHRASE is not used, because the server would see it, and a link
 * cut before its # looks ordinary
 */
export function passphraseSource(
  ctx: Context,
  options: PassphraseOptions,
  sealed: boolean,
): PassphraseSource {
  if (options.passphrase && options.passphraseFile !== undefined) {
    throw new OtsError('usage', '--passphrase and --passphrase-file exclude each other', {
      hint: 'give one of them',
    });
  }
  const fromEnv = sealed && !options.passphrase ? ctx.env['OTS_PASSPHRASE'] : undefined;
  const given = options.passphraseFile !== undefined ? readPassphraseFile(options.passphraseFile) : fromEnv;
  let tries = 0;
  return {
    next: async () => {
      tries++;
      return given ?? askSecret(ctx.io, 'Passphrase:', sealed ? MISSING : MISSING_RAW);
    },
    get mayRetry() {
      return given === undefined && tries < PROMPT_TRIES;
    },
  };
}

function readPassphraseFile(path: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new OtsError('usage', 'the file of --passphrase-file cannot be read', {
      hint: path === '-' ? 'for standard input name /dev/stdin' : 'check its name',
      cause,
    });
  }
  return decodePassphraseFile(bytes);
}

/** Words from the EFF large list (7,776 words, 12.9 bits each), unbiased. */
export async function randomWords(count: number): Promise<string> {
  const { default: list } = await import('./eff-large-wordlist.json', { with: { type: 'json' } });
  const words = list.split(' ');
  return Array.from({ length: count }, () => words[randomInt(words.length)]).join('-');
}

/** @throws OtsError `usage` unless 1 to 64 */
export function parseWordCount(text: string, flag: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 64)
    throw new OtsError('usage', `${flag} takes a number from 1 to 64`, { hint: 'six is good' });
  return count;
}
