/** `--mask`: asks a CI runner to hide values in its log, where the runner can be asked. */
import { OtsError } from '../core/index.ts';
import { githubMasks, stderrMayReachRunner } from '../io/runner.ts';
import type { Context } from './context.ts';

/** A runner that can be asked. */
export type Mask = 'github';

/**
 * Checks what was asked for. Elsewhere than in a job the command that hides a value would only print it.
 *
 * @returns undefined for `none`
 * @throws OtsError `usage` where no runner would hide anything
 */
export function askedMask(ctx: Context, runner: string): Mask | undefined {
  if (runner === 'none') return undefined;
  if (runner === 'gitlab') {
    throw new OtsError(
      'usage',
      'GitLab hides only values that it knew when the job began; none can be added later',
      {
        hint: 'leave out --mask, and keep the values out of what the job prints',
      },
    );
  }
  if (runner !== 'github')
    throw new OtsError('usage', '--mask takes github or none', { hint: 'see: ots help run' });
  if (ctx.env['GITHUB_ACTIONS'] !== 'true') {
    throw new OtsError('usage', 'this is no job of GitHub Actions, and --mask would only print the value', {
      hint: 'leave out --mask; GITHUB_ACTIONS=true marks a job',
    });
  }
  if (!stderrMayReachRunner()) {
    throw new OtsError(
      'usage',
      'standard error goes to a file, and --mask would only write the value there',
      {
        hint: 'let standard error go to the log, or leave out --mask',
      },
    );
  }
  return runner;
}

/** The runner that the environment shows, if it can be asked. */
export function guessedMask(ctx: Context): Mask | undefined {
  if (ctx.env['GITHUB_ACTIONS'] === 'true') {
    if (stderrMayReachRunner()) return 'github';
    ctx.io.warn('standard error goes to a file, so the log does not hide the values');
  } else if (ctx.env['GITLAB_CI'] === 'true') {
    ctx.io.note('note: GitLab hides no values that come up during a job; keep them out of what it prints');
  }
  return undefined;
}

/** Asks the runner to hide values from now on; on standard error, since standard output is often captured. */
export async function hide(ctx: Context, mask: Mask | undefined, values: string[]): Promise<void> {
  if (mask !== undefined) await ctx.io.err(githubMasks(values));
}

/** The same for what was shared: the link, its key alone, and what was made for it. */
export async function hideShared(
  ctx: Context,
  runner: string,
  { link, generated_passphrase, value }: { link: string; generated_passphrase?: string; value?: string },
): Promise<void> {
  const parts = [link, new URL(link).hash.slice(1), generated_passphrase ?? '', value ?? ''];
  await hide(ctx, askedMask(ctx, runner), parts);
}
