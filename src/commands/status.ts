/** `ots status`: where secrets stand, without consuming anything. */
import { EXIT_CODES } from '../core/index.ts';
import { printTable } from '../io/table.ts';
import type { SecretState } from '../remote/types.ts';
import type { Context, GlobalOptions } from './context.ts';
import { rememberState } from './gone.ts';
import { openServer, resolveSettings, type Settings } from './settings.ts';
import { knownReceipts, readTargets, type Target } from './target.ts';
import { formatExpiry } from './times.ts';

/** A row of the result. Source: docs/AUTOMATION.md. */
interface StatusRow {
  target: string;
  secret_id: string | null;
  receipt_id: string | null;
  server: string;
  state: SecretState;
  expires_at: string | null;
  has_passphrase: boolean | null;
}

const GONE: SecretState[] = ['gone', 'revealed', 'burned', 'expired'];

/** @returns the exit code: 3 when the one target is gone */
export async function status(ctx: Context, texts: string[], options: GlobalOptions): Promise<number> {
  const settings = await resolveSettings(ctx, options);
  const targets = await readTargets(ctx, texts, knownReceipts(ctx), settings.baseUrl);
  const rows: StatusRow[] = [];
  for (const target of targets) {
    const row = await statusOf(ctx, target, settings);
    rows.push(row);
    if (ctx.io.json) await ctx.io.outJson(row);
  }
  if (!ctx.io.json) await printRows(ctx, rows);
  const [only] = rows;
  return rows.length === 1 && only !== undefined && GONE.includes(only.state) ? EXIT_CODES.not_found : 0;
}

/** By receipt where one is known: it tells how a secret went, and looking at it does not touch the secret. */
async function statusOf(ctx: Context, target: Target, settings: Settings): Promise<StatusRow> {
  const sealedReveal = target.link?.kind === 'sealed';
  const remote = await openServer(ctx, settings, target.baseUrl, { sealedReveal });
  try {
    const { receiptId, secretId, known } = target;
    const found = receiptId === undefined ? undefined : await remote.receipt(receiptId);
    const seen = found
      ? {
          state: found.state,
          ttlSeconds: found.secretTtlSeconds,
          hasPassphrase: found.hasPassphrase ?? known?.has_passphrase,
        }
      : await remote.status(secretId ?? '');
    if (known !== undefined) rememberState(ctx, known, seen.state);
    const live = !GONE.includes(seen.state) && seen.ttlSeconds !== undefined;
    return {
      target: target.shown,
      secret_id: secretId ?? found?.secretId ?? null,
      receipt_id: receiptId ?? null,
      server: remote.baseUrl,
      state: seen.state,
      expires_at: live ? new Date(ctx.now() + (seen.ttlSeconds ?? 0) * 1000).toISOString() : null,
      has_passphrase: seen.hasPassphrase ?? null,
    };
  } finally {
    await remote.close();
  }
}

async function printRows(ctx: Context, rows: StatusRow[]): Promise<void> {
  const passphrase = (row: StatusRow): string =>
    row.has_passphrase === null ? '-' : row.has_passphrase ? 'needed' : 'none';
  await printTable(
    ctx.io,
    ['STATE', 'EXPIRES', 'PASSPHRASE', 'TARGET'],
    rows.map((row) => [row.state, formatExpiry(ctx, row.expires_at), passphrase(row), row.target]),
  );
}
