/** The rows of `ots burn`: what was done to each target and how, in a table, as JSON, and summed up. */

import type { OtsError } from '../core/index.ts';
import { type ErrorJson, errorJson } from '../io/report.ts';
import { sanitizeLine } from '../io/sanitize.ts';
import { printTable } from '../io/table.ts';
import type { Context } from './context.ts';
import type { Target } from './target.ts';

export type BurnResult = 'burned' | 'spent' | 'gone' | 'refused' | 'unknown_host' | 'failed';
export type How = 'receipt' | 'list' | 'account' | 'spend';

/** A row of the result. Source: docs/AUTOMATION.md. */
export interface BurnRow {
  target: string;
  secret_id: string | null;
  receipt_id: string | null;
  server: string;
  result: BurnResult;
  how: How | null;
  /** Why it may still be readable. */
  error?: ErrorJson;
  dry_run?: true;
}

const RESULTS: BurnResult[] = ['burned', 'spent', 'gone', 'refused', 'unknown_host', 'failed'];
const HARMLESS: BurnResult[] = ['burned', 'spent', 'gone'];
const HEADING = ['RESULT', 'HOW', 'TARGET'];

/** Whether a secret may still be readable after this. */
export function isOpen({ result }: BurnRow): boolean {
  return !HARMLESS.includes(result);
}

export function burnRow(
  target: Target,
  dryRun: boolean,
  outcome: { result: BurnResult; how: How | null; receiptId?: string | undefined; error?: OtsError },
): BurnRow {
  const { result, how, receiptId = target.receiptId, error } = outcome;
  return {
    target: target.shown,
    secret_id: target.secretId ?? null,
    receipt_id: receiptId ?? null,
    server: target.baseUrl,
    result,
    how,
    ...(error && { error: errorJson(error) }),
    ...(dryRun && { dry_run: true as const }),
  };
}

/** Prints one row, where rows need not be aligned. */
export async function showBurnRow(ctx: Context, row: BurnRow): Promise<void> {
  if (ctx.io.json) await ctx.io.outJson(row);
  else if (!ctx.io.stdoutIsTerminal) await printTable(ctx.io, HEADING, [cellsOf(row)]);
}

/** Prints the table on a terminal, and what may still be readable and why. */
export async function showBurnTable(ctx: Context, rows: BurnRow[]): Promise<void> {
  if (ctx.io.json) return;
  if (ctx.io.stdoutIsTerminal) await printTable(ctx.io, HEADING, rows.map(cellsOf), 2);
  for (const { error, target } of rows) {
    if (error === undefined) continue;
    await ctx.io.err(`${ctx.io.paint.red('ots:')} ${sanitizeLine(`${target}: ${error.message}`)}\n`);
    if (error.hint !== undefined) await ctx.io.err(`hint: ${sanitizeLine(error.hint)}\n`);
  }
}

/** `12 burned, 3 spent, 1 refused; 2 not tried`. */
export function summary(rows: BurnRow[], untried: number): string {
  const counts = RESULTS.map((result) => ({
    count: rows.filter((row) => row.result === result).length,
    words: result.replace('_', ' '),
  }));
  const done = counts.filter(({ count }) => count > 0).map(({ count, words }) => `${count} ${words}`);
  const parts = [done.join(', '), untried > 0 ? `${untried} not tried` : ''].filter(Boolean).join('; ');
  return rows[0]?.dry_run ? `this would be: ${parts}` : parts;
}

function cellsOf(row: BurnRow): string[] {
  return [row.dry_run && !isOpen(row) ? `would be ${row.result}` : row.result, row.how ?? '-', row.target];
}
