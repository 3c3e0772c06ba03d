/** The last step of `reveal` and `decrypt`: plaintext to its destination, or as JSON on standard output. */
import { decodeUtf8 } from '../core/bytes.ts';
import type { Context } from './context.ts';
import type { Delivery, Destination, OutputOptions } from './destination.ts';

/** What JSON says beside the value. */
export interface RevealedJson {
  value?: string;
  value_base64?: string;
  output?: string;
  copied?: true;
  filename: string | null;
  media_type: string | null;
}

/** Delivers to the destination, or as JSON on standard output. @returns the file's path, if it is a file */
export async function deliverContent(
  ctx: Context,
  destination: Destination,
  content: Delivery & { mediaType: string | undefined },
  options: OutputOptions,
  more: object,
): Promise<string | undefined> {
  const toFile = options.remoteName || (options.output !== undefined && options.output !== '-');
  const names = { filename: content.filename ?? null, media_type: content.mediaType ?? null };
  if (!ctx.io.json) return destination.deliver(content);
  if (options.copy) {
    await destination.deliver(content);
    await ctx.io.outJson({ copied: true, ...names, ...more });
    return undefined;
  }
  if (!toFile) {
    const value = decodeUtf8(content.body);
    const json: RevealedJson =
      value === undefined
        ? { value_base64: Buffer.from(content.body).toString('base64'), ...names }
        : { value, ...names };
    await ctx.io.outJson({ ...json, ...more });
    return undefined;
  }
  const path = await destination.deliver(content);
  await ctx.io.outJson({ output: path, ...names, ...more });
  return path;
}
