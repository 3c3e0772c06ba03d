/** `ots page`: the page that decrypts offline, for people without the program. And the pages that a server shows. */
import { OtsError } from '../core/index.ts';
import type { Context, GlobalOptions } from './context.ts';
import { openDestination } from './destination.ts';

export interface PageOptions extends GlobalOptions {
  output?: string;
  force?: boolean;
}

export interface BuiltPage {
  html: string;
  /** The policy that the page itself declares, for the header. */
  csp: string;
}

/** Writes the offline page to standard output or a file. */
export async function page(ctx: Context, options: PageOptions): Promise<void> {
  const body = ctx.assets('pages/decrypt.html');
  if (body === undefined)
    throw new OtsError('internal', 'the page was not built', { hint: 'run: npm run build' });
  const destination = openDestination(ctx, options);
  try {
    const path = await destination.deliver({ body, filename: undefined });
    if (ctx.io.json && path !== undefined) await ctx.io.outJson({ output: path });
  } finally {
    destination.discard();
  }
}

/** Reads built pages when they are first asked for, and keeps them. */
export function builtPages(assets: Context['assets']): { read(name: string): BuiltPage | undefined } {
  const kept = new Map<string, BuiltPage | undefined>();
  return {
    read(name) {
      if (!kept.has(name)) kept.set(name, readPage(assets(`pages/${name}.html`)));
      return kept.get(name);
    },
  };
}

function readPage(bytes: Uint8Array | undefined): BuiltPage | undefined {
  if (bytes === undefined) return undefined;
  const html = new TextDecoder().decode(bytes);
  const csp = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1];
  return csp === undefined ? undefined : { html, csp };
}
