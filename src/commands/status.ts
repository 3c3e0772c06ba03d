/** `ots status`: where secrets stand, without consuming anything; with --watch, until that changes. */
import { EXIT_CODES, type OtsError } from '../core/index.ts';
import { type ErrorJson, errorJson, toOtsError } from '../io/report.ts';
import { sanitizeLine } from '../io/sanitize.ts';
import { printTable } from '../io/table.ts';
import type { SecretState } from '../remote/types.ts';
import type { Context, GlobalOptions } from './context.ts';
import { rememberState } from './gone.ts';
import { mayContact, unknownHost } from './hosts.ts';
import { forMany, type ManyResult, parseJobs } from './many.ts';
import { createServers, type Servers } from './servers.ts';
import { resolveSettings } from './settings.ts';
import { knownReceipts, readTargets, type Target } from './target.ts';
import { formatExpiry } from './times.ts';

export interface StatusOptions extends GlobalOptions {
  jobs?: string;
  anyHost?: boolean;
  watch?: boolean;
}

/** A row of the result. Source: docs/AUTOMATION.md. */
export interface StatusRow {
  target: string;
  secret_id: string | null;
  receipt_id: string | null;
  server: string;
  state: SecretState;
  expires_at: string | null;
  has_passphrase: boolean | null;
  /** Why the state is unknown. */
  error?: ErrorJson;
}

const GONE: SecretState[] = ['gone', 'revealed', 'burned', 'expired'];
const HEADING = ['STATE', 'EXPIRES', 'PASSPHRASE', 'TARGET'];

/** Whether nobody can read it any more. */
export function isGone({ state }: { state: SecretState }): boolean {
  return GONE.includes(state);
}

/** @returns the exit code: 3 when the one target is gone, 10 when some of several could not be told */
export async function status(ctx: Context, texts: string[], options: StatusOptions): Promise<number> {
  const settings = await resolveSettings(ctx, options);
  const wanted = parseJobs(options.jobs);
  const receipts = knownReceipts(ctx);
  const targets = await readTargets(ctx, texts, receipts, settings.baseUrl);
  const jobs = Math.min(wanted, targets.length);
  const servers = createServers(ctx, settings, jobs);
  const look = async (target: Target): Promise<StatusRow> => {
    if (target.found && !options.anyHost && !mayContact(target, settings.baseUrl, receipts))
      return unknownRow(target, unknownHost());
    return statusOf(ctx, servers, target);
  };
  try {
    if (options.watch) return await (await import('./watch.ts')).watch(ctx, targets, { jobs, look, servers });
    return await lookOnce(ctx, targets, jobs, look, servers);
  } finally {
    await servers.close();
  }
}

async function lookOnce(
  ctx: Context,
  targets: Target[],
  jobs: number,
  look: (target: Target) => Promise<StatusRow>,
  servers: Servers,
): Promise<number> {
  const [first] = targets;
  const { rows, untried, interrupted } =
    targets.length === 1 && first !== undefined
      ? await alone(ctx, await look(first))
      : await forMany<Target, StatusRow>(ctx, targets, {
          jobs,
          verb: 'asking',
          work: (target) => lookSafely(target, look),
          show: (row) => showStatusRow(ctx, row),
          stop: () => servers.stop(),
        });
  if (ctx.io.stdoutIsTerminal && !ctx.io.json)
    await printTable(
      ctx.io,
      HEADING,
      rows.map((row) => cellsOf(ctx, row)),
      3,
    );
  for (const { error, target } of rows) {
    if (error === undefined || ctx.io.json) continue;
    await ctx.io.err(`${ctx.io.paint.red('ots:')} ${sanitizeLine(`${target}: ${error.message}`)}\n`);
    if (error.hint !== undefined) await ctx.io.err(`hint: ${sanitizeLine(error.hint)}\n`);
  }
  if (untried > 0) ctx.io.note(`${untried} not asked`);
  if (interrupted) return EXIT_CODES.interrupted;
  const [only] = rows;
  if (rows.length === 1 && only !== undefined)
    return only.error?.exit_code ?? (isGone(only) ? EXIT_CODES.not_found : 0);
  return rows.some(({ error }) => error !== undefined) ? EXIT_CODES.partial : 0;
}

/** One target alone: what fails is thrown, as by every command, and Ctrl-C simply ends the program. */
async function alone(ctx: Context, row: StatusRow): Promise<ManyResult<StatusRow>> {
  await showStatusRow(ctx, row);
  return { rows: [row], untried: 0, interrupted: false };
}

/**
 * A failure as a row, so that one server does not hide what others say.
 *
 * @returns undefined when the program was asked to stop
 */
export async function lookSafely(
  target: Target,
  look: (target: Target) => Promise<StatusRow>,
): Promise<StatusRow | undefined> {
  try {
    return await look(target);
  } catch (caught) {
    const error = toOtsError(caught);
    if (error.code === 'interrupted') return undefined;
    return unknownRow(target, error);
  }
}

/** Prints one row, where rows need not be aligned. */
export async function showStatusRow(ctx: Context, row: StatusRow): Promise<void> {
  if (ctx.io.json) await ctx.io.outJson(row);
  else if (!ctx.io.stdoutIsTerminal) await printTable(ctx.io, HEADING, [cellsOf(ctx, row)]);
}

/** By receipt where one is known: it tells how a secret went, and looking at it does not touch the secret. */
async function statusOf(ctx: Context, servers: Servers, target: Target): Promise<StatusRow> {
  const { receiptId, secretId, known, baseUrl } = target;
  const access = { sealedReveal: target.link?.kind === 'sealed' };
  const { seen, foundId } = await servers.ask(baseUrl, access, async (remote) => {
    if (receiptId === undefined) return { seen: await remote.status(secretId ?? ''), foundId: undefined };
    const { state, secretTtlSeconds, hasPassphrase, secretId: foundId } = await remote.receipt(receiptId);
    return {
      seen: {
        state,
        ttlSeconds: secretTtlSeconds,
        hasPassphrase: hasPassphrase ?? known?.has_passphrase,
      },
      foundId,
    };
  });
  if (known !== undefined) rememberState(ctx, known, seen.state);
  const live = !isGone(seen) && seen.ttlSeconds !== undefined;
  return {
    target: target.shown,
    secret_id: secretId ?? foundId ?? null,
    receipt_id: receiptId ?? null,
    server: baseUrl,
    state: seen.state,
    expires_at: live ? new Date(ctx.now() + (seen.ttlSeconds ?? 0) * 1000).toISOString() : null,
    has_passphrase: seen.hasPassphrase ?? null,
  };
}

function unknownRow(target: Target, error: OtsError): StatusRow {
  return {
    target: target.shown,
    secret_id: target.secretId ?? null,
    receipt_id: target.receiptId ?? null,
    server: target.baseUrl,
    state: 'unknown',
    expires_at: null,
    has_passphrase: null,
    error: errorJson(error),
  };
}

function cellsOf(ctx: Context, row: StatusRow): string[] {
  const passphrase = row.has_passphrase === null ? '-' : row.has_passphrase ? 'needed' : 'none';
  return [row.state, formatExpiry(ctx, row.expires_at), passphrase, row.target];
}
