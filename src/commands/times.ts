/** Times in tables: how far away for a person, RFC 3339 for a pipe. */
import { formatDuration } from '../core/index.ts';
import type { Context } from './context.ts';

/** `in 6d23h`, `-` when unknown. */
export function formatExpiry(ctx: Context, expiresAt: string | null): string {
  if (expiresAt === null) return '-';
  if (!ctx.io.stdoutIsTerminal) return expiresAt;
  const seconds = (Date.parse(expiresAt) - ctx.now()) / 1000;
  return seconds > 0 ? `in ${formatDuration(seconds)}` : 'over';
}

/** `3h ago`. */
export function formatAge(ctx: Context, at: string): string {
  if (!ctx.io.stdoutIsTerminal) return at;
  const [largest] = formatDuration((ctx.now() - Date.parse(at)) / 1000).split(/(?<=[a-z])/);
  return `${largest} ago`;
}
