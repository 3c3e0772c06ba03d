/** What happens to a text that was fetched, and therefore spent, and could not be delivered. */
import { isOtsError, isTextForm, OtsError } from '../core/index.ts';
import type { RescuePlace } from '../local/recovered.ts';
import type { Context } from './context.ts';

export interface Rescued {
  /** What failed, and where the text is now. */
  error: OtsError;
  /** The text is on disk, flushed. */
  kept: boolean;
}

/** Keeps what could not be delivered. */
export async function rescueText(
  ctx: Context,
  rescue: RescuePlace,
  text: string,
  cause: unknown,
): Promise<Rescued> {
  const sealed = isTextForm(text);
  const path = rescue.keep(text, sealed ? 'sealed' : 'plain');
  const error = isOtsError(cause)
    ? cause
    : new OtsError('undelivered', 'the secret could not be delivered', { cause });
  const moved = (where: string, hint: string): OtsError =>
    new OtsError(error.code, `${error.message}; ${where}`, { hint, cause: error.cause });
  if (path === undefined) {
    // Nowhere on disk: the last place is the reader's own screen or log. Losing it would be worse.
    const taken = await ctx.io.lastResort(`${text}\n`);
    if (!taken)
      return { error: moved('the text could not be kept anywhere', 'the secret is lost'), kept: false };
    const hint = sealed
      ? 'save it, then: ots decrypt --link LINK FILE'
      : 'save it now: the server has deleted it';
    return { error: moved('the text could not be kept on disk and is printed above', hint), kept: false };
  }
  const hint = sealed ? `open it: ots decrypt --link LINK ${path}` : `get it: ots decrypt ${path}`;
  return { error: moved(`the secret was fetched and is kept in ${path}`, hint), kept: true };
}
