/** `ots receipts --remote`: the account's own list, as its server keeps it. */
import { OtsError } from '../core/index.ts';
import { printTable } from '../io/table.ts';
import type { ReceiptInfo } from '../remote/types.ts';
import type { Context } from './context.ts';
import type { ReceiptsOptions } from './receipts.ts';
import { openServer, resolveSettings } from './settings.ts';
import { formatAge, formatExpiry } from './times.ts';

/** @returns the exit code @throws OtsError `unauthorized` without an account */
export async function remoteReceipts(ctx: Context, options: ReceiptsOptions): Promise<number> {
  if (options.refresh || options.label !== undefined) {
    throw new OtsError('usage', '--remote takes neither --refresh nor --label', {
      hint: 'the server does not know labels, and its list is fresh',
    });
  }
  const settings = await resolveSettings(ctx, options);
  if ((await settings.credentials()) === undefined) {
    throw new OtsError('unauthorized', `listing what an account shared needs one on ${settings.baseUrl}`, {
      hint: 'run ots login, or set OTS_USERNAME and OTS_TOKEN',
    });
  }
  const remote = await openServer(ctx, settings, settings.baseUrl);
  try {
    const listed = await remote.recent();
    const rows = listed.map((receipt) => remoteRow(ctx, receipt, remote.baseUrl));
    if (ctx.io.json) for (const row of rows) await ctx.io.outJson(row);
    else if (rows.length === 0) ctx.io.noteOnTerminal('the account has shared nothing lately');
    else await print(ctx, rows);
    return 0;
  } finally {
    await remote.close();
  }
}

type RemoteRow = ReturnType<typeof remoteRow>;

function remoteRow(ctx: Context, receipt: ReceiptInfo, server: string) {
  const { receiptId, secretId, secretShortId, state, secretTtlSeconds, createdAtSeconds, hasPassphrase } =
    receipt;
  const time = (ms: number): string => new Date(ms).toISOString();
  return {
    server,
    receipt_id: receiptId,
    secret_id: secretId ?? null,
    secret_short_id: secretShortId ?? null,
    created_at: createdAtSeconds === undefined ? null : time(createdAtSeconds * 1000),
    expires_at: secretTtlSeconds === undefined ? null : time(ctx.now() + secretTtlSeconds * 1000),
    has_passphrase: hasPassphrase ?? null,
    state,
  };
}

async function print(ctx: Context, rows: RemoteRow[]): Promise<void> {
  await printTable(
    ctx.io,
    ['AGE', 'STATE', 'EXPIRES', 'SECRET', 'RECEIPT'],
    rows.map((row) => [
      row.created_at === null ? '-' : formatAge(ctx, row.created_at),
      row.state,
      formatExpiry(ctx, row.expires_at),
      row.secret_short_id ?? row.secret_id?.slice(0, 8) ?? '-',
      row.receipt_id,
    ]),
    4,
  );
}
