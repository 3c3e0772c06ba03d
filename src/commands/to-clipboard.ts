/** `reveal --copy`: the clipboard as a destination, and the link's way there after `share --copy`. */
import { decodeUtf8 } from '../core/bytes.ts';
import { isOtsError, OtsError } from '../core/index.ts';
import { copyLink, mayLose, openClipboard } from '../io/clipboard.ts';
import type { Context } from './context.ts';
import type { Destination, OutputOptions } from './destination.ts';

/** @throws OtsError `usage` unless a clipboard answers; nothing is spent yet */
export async function clipboardDestination(ctx: Context, options: OutputOptions): Promise<Destination> {
  if (options.output !== undefined || options.remoteName) {
    throw new OtsError('usage', '--copy excludes --output and --remote-name', { hint: 'give one of them' });
  }
  const clipboard = await openClipboard(ctx.env).catch((error: unknown) => {
    throw isOtsError(error)
      ? new OtsError(error.code, error.message, {
          hint: `${error.hint}; nothing was spent`,
          cause: error.cause,
        })
      : error;
  });
  let doubt: string | undefined;
  return {
    discard: () => undefined,
    get doubt() {
      return doubt;
    },
    deliver: async ({ body }) => {
      const text = decodeUtf8(body);
      if (text === undefined || text.includes('\0'))
        throw new OtsError('undelivered', 'the secret is binary, and the clipboard takes text only');
      await clipboard.write(text).catch((cause: unknown) => {
        throw new OtsError('undelivered', 'the clipboard did not take the secret', { cause });
      });
      if (mayLose(text, ctx.env)) doubt = 'xsel may lose so long a text after it was pasted once';
      ctx.io.noteOnTerminal(ctx.io.paint.dim('copied; it stays there until something else is copied'));
      return undefined;
    },
  };
}

/** Copies a link. Failing is a warning: the secret is shared, the link printed. */
export async function copyPublishedLink(ctx: Context, link: string): Promise<void> {
  const { io, env } = ctx;
  try {
    const where = await copyLink(link, env);
    const words = where === 'desktop' ? 'link copied' : "link sent to the terminal's clipboard";
    io.noteOnTerminal(io.paint.dim(words));
  } catch (error) {
    io.warn(`the link was not copied: ${isOtsError(error) ? error.message : 'the clipboard failed'}`);
  }
}
