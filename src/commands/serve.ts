/** `ots serve`: an Onetime Secret-compatible server until it is told to stop. */
import { OtsError, parseSize } from '../core/index.ts';
import { startServer } from '../server/listen.ts';
import type { Context, GlobalOptions } from './context.ts';
import { builtPages } from './page.ts';
import { isLoopback, parseServer } from './settings.ts';

export interface ServeOptions extends GlobalOptions {
  host: string;
  port: string;
  store: string;
  publicUrl?: string;
}

export async function serve(ctx: Context, options: ServeOptions): Promise<void> {
  const port = /^\d{1,5}$/.test(options.port) ? Number(options.port) : Number.NaN;
  if (!(port <= 65_535))
    throw new OtsError('usage', '--port takes a number from 0 to 65535', { hint: '0 takes any free one' });
  if (options.store !== 'memory') {
    throw new OtsError('usage', 'this version keeps secrets in memory only', { hint: 'leave out --store' });
  }
  const publicUrl = options.publicUrl === undefined ? undefined : parseServer(options.publicUrl);
  const server = await startServer({
    host: options.host,
    port,
    now: ctx.now,
    publicUrl,
    pages: builtPages(ctx.assets),
    maxTextBytes: options.maxSize === undefined ? undefined : parseSize(options.maxSize),
  });
  if (!isLoopback(new URL(server.url).hostname)) {
    ctx.io.warn('plain http beyond this machine: put a proxy with TLS in front');
  }
  if (ctx.io.json)
    await ctx.io.outJson({ url: server.url, public_url: publicUrl ?? server.url, store: 'memory' });
  else await ctx.io.out(`listening on ${server.url} (store: memory)\n`);
  await ctx.untilStopped();
  await server.close();
}
