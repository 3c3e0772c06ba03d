/** `ots generate`: makes a random secret here, shares it like `share`, prints the link. */
import { randomInt } from 'node:crypto';
import { OtsError } from '../core/index.ts';
import { waitForEnter } from '../io/prompt.ts';
import type { Context } from './context.ts';
import type { SecretInput } from './input.ts';
import { parseWordCount, randomWords } from './passphrase.ts';
import { type PublishOptions, planPublication, publish } from './publish.ts';
import { checkHandOptions, checkHere, type HandOptions, type HereOptions, hand } from './share.ts';

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ALPHABETS = new Map([
  ['alnum', DIGITS + LETTERS],
  ['full', `${DIGITS}${LETTERS}!#$%&()*+,-./:;<=>?@[]^_{|}~`],
  ['hex', '0123456789abcdef'],
  ['digits', DIGITS],
]);

export interface GenerateOptions extends PublishOptions, HandOptions, HereOptions {
  count?: string;
  length?: string;
  alphabet?: string;
  words?: string;
  show?: boolean;
}

/** @returns the exit code where many secrets were shared */
export async function generate(ctx: Context, options: GenerateOptions): Promise<number | undefined> {
  checkHere(options);
  checkHandOptions(ctx, options);
  if (options.show && (options.here || options.count !== undefined)) {
    throw new OtsError('usage', '--show excludes --here and --count', {
      hint: 'open one of the links to see it',
    });
  }
  const value = await makeValue(options);
  const input: SecretInput = { body: Buffer.from(value), filename: undefined };
  if (options.count !== undefined)
    return (await import('./count.ts')).shareCount(ctx, () => Promise.resolve(input), options);
  const plan = await planPublication(ctx, options);
  if (options.here) {
    await (await import('./here.ts')).shareHere(ctx, plan, input, options);
    return undefined;
  }
  const published = await publish(ctx, plan, input, options);
  input.body.fill(0);
  if (options.show && ctx.io.json) published.json.value = value;
  await hand(ctx, published, options);
  if (options.show && !ctx.io.json) await show(ctx, value);
  return undefined;
}

/** Makes the value, unbiased, from the system's generator. @throws OtsError `usage` */
export async function makeValue(
  options: Pick<GenerateOptions, 'length' | 'alphabet' | 'words'>,
): Promise<string> {
  if (options.words !== undefined) {
    if (options.length !== undefined || options.alphabet !== undefined) {
      throw new OtsError('usage', '--words excludes --length and --alphabet', {
        hint: 'give one or the other',
      });
    }
    return randomWords(parseWordCount(options.words, '--words'));
  }
  const length = /^\d{1,4}$/.test(options.length ?? '24') ? Number(options.length ?? '24') : 0;
  if (length < 1 || length > 4096) {
    throw new OtsError('usage', '--length takes a number from 1 to 4096', { hint: '24 is the default' });
  }
  const alphabet = ALPHABETS.get(options.alphabet ?? 'alnum');
  if (alphabet === undefined) {
    throw new OtsError('usage', 'there is no such alphabet', {
      hint: `choose from ${[...ALPHABETS.keys()].join(', ')}`,
    });
  }
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** Shows the value on stderr; on a terminal it is erased after Enter. */
async function show(ctx: Context, value: string): Promise<void> {
  const { io } = ctx;
  if (!io.interactive || !io.canErase) await io.err(`${value}\n`);
  else await io.onPage(value, () => waitForEnter(io, 'Enter erases it.'));
}
