/** The command of `ots run`, looked for as a shell does, before anything is spent. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { Context } from './context.ts';

/** The file, or why there is none: 126 when it is there but cannot be run, 127 when it is not there. */
export type Found = { path: string } | { exitCode: 126 | 127 };

/** Looks a command up: a word with a slash is a path, any other is searched for in PATH. */
export function findCommand(ctx: Context, word: string): Found {
  const isPath = /[/\\]/.test(word);
  const folders = isPath ? [''] : (ctx.env['PATH'] ?? '').split(delimiter);
  // Windows finds programs by their extension.
  const endings = ['', ...(ctx.env['PATHEXT']?.split(';') ?? [])];
  let exitCode: 126 | 127 = 127;
  for (const folder of folders) {
    for (const ending of endings) {
      const path = resolve(ctx.cwd, join(folder, word) + ending);
      const kind = kindOf(path);
      if (kind === 'program') return { path };
      if (kind === 'other' && (isPath || ending === '')) exitCode = 126;
    }
  }
  return { exitCode };
}

function kindOf(path: string): 'program' | 'other' | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    if (!stats.isFile()) return 'other';
    accessSync(path, constants.X_OK);
    return 'program';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOTDIR' ? undefined : 'other';
  }
}
