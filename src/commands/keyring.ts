/** The hidden command that asks the system's keyring for the program that started it. */
import { OtsError } from '../core/index.ts';
import { answerFromKeyring, type KeyringQuestion } from '../local/keyring.ts';
import type { Context } from './context.ts';

const MAX_BYTES = 65_536;

/** One question on standard input, one answer on standard output, both JSON. */
export async function keyring(ctx: Context): Promise<void> {
  if (ctx.io.stdinIsTerminal || ctx.io.stdoutIsTerminal)
    throw new OtsError('usage', 'this command is for ots itself', { hint: 'see: ots help' });
  const question = JSON.parse(Buffer.from(await ctx.io.readAll(MAX_BYTES)).toString()) as KeyringQuestion;
  await ctx.io.outJson(await answerFromKeyring(question));
}
