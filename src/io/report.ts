/** Turns an error into words for a person, or into the JSON object that scripts read. */
import { EXIT_CODES, OtsError } from '../core/index.ts';
import { sanitizeLine } from './sanitize.ts';
import type { Streams } from './streams.ts';

/** The error as `--json` shows it. Source: docs/AUTOMATION.md, errors. */
export interface ErrorJson {
  code: string;
  message: string;
  hint?: string;
  retry_after?: number;
  exit_code: number;
}

/** Any thrown value as a coded error: what was not foreseen is a bug. */
export function toOtsError(value: unknown): OtsError {
  if (value instanceof OtsError) return value;
  return new OtsError('internal', 'something went wrong inside ots; this is a bug', {
    hint: 'please report it, with what OTS_DEBUG=1 prints (look it over first)',
    cause: value,
  });
}

export function errorJson(error: OtsError): ErrorJson {
  const json: ErrorJson = { code: error.code, message: error.message, exit_code: EXIT_CODES[error.code] };
  if (error.hint !== undefined) json.hint = error.hint;
  if (error.retryAfterSeconds !== undefined) json.retry_after = error.retryAfterSeconds;
  return json;
}

/** Prints an error: one or two lines on stderr, or one JSON object on stdout; with `debug` the stack as well. */
export async function reportError(io: Streams, error: OtsError, debug: boolean): Promise<void> {
  if (debug) await io.err(`${debugStack(error)}\n`);
  if (io.json) {
    // A reader that has gone cannot be told; the exit code still can.
    await io.outJson({ error: errorJson(error) }).catch(() => undefined);
    return;
  }
  await io.err(`${io.paint.red('ots:')} ${sanitizeLine(error.message)}\n`);
  if (error.hint !== undefined) await io.err(`${io.paint.dim('hint:')} ${sanitizeLine(error.hint)}\n`);
}

/**
 * Names, codes and frames of an error and its causes. Only our own messages: those of the system quote paths, and
 * JSON's quote the text, either of which may be the secret.
 */
function debugStack(error: Error): string {
  const code = 'code' in error ? ` (${String(error.code)})` : '';
  const words = error instanceof OtsError ? `: ${error.message}` : '';
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const own = [`${error.name}${code}${words}`, ...frames].join('\n');
  return error.cause instanceof Error ? `${own}\ncaused by ${debugStack(error.cause)}` : own;
}
