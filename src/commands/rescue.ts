/** What happens to a text that was fetched, and therefore spent, and could not be delivered. */
import { isOtsError, isTextForm, OtsError } from '../core/index.ts';
import type { RescuePlace } from '../local/recovered.ts';
import type { Context } from './context.ts';

/** Keeps what could not be delivered. @returns the error to throw: what failed, and where the text is now */
export async function rescueText(
  ctx: Context,
  rescue: RescuePlace,
  text: string,
  cause: unknown,
): Promise<OtsError> {
  const sealed = isTextForm(text);
  const path = rescue.keep(text, sealed ? 'sealed' : 'plain');
  const error = isOtsError(cause)
    ? cause
    : new OtsError('undelivered', 'the secret could not be delivered', { cause });
  if (path === undefined) {
    // Nowhere on disk: the last place is the reader's own screen or log. Losing it would be worse.
    await ctx.io.err(`${text}\n`);
    return new OtsError(
      error.code,
      `${error.message}; the text could not be kept on disk and is printed above`,
      {
        hint: sealed
          ? 'save it, then: ots decrypt --link LINK FILE'
          : 'save it now: the server has deleted it',
        cause: error.cause,
      },
    );
  }
  return new OtsError(error.code, `${error.message}; the secret was fetched and is kept in ${path}`, {
    hint: sealed ? `open it: ots decrypt --link LINK ${path}` : `get it: ots decrypt ${path}`,
    cause: error.cause,
  });
}
