/** `ots share --count N`: one secret for N readers, each with a link and a key of their own. */
import { OtsError } from '../core/index.ts';
import type { Context } from './context.ts';
import { type EachOptions, parseJobs, refuseSingle } from './each.ts';
import { JSON_ROWS } from './each-json.ts';
import { LINES } from './each-lines.ts';
import { type EachRecord, emptyRecord } from './each-record.ts';
import { shareMany } from './each-run.ts';
import type { SecretInput } from './input.ts';
import { showGenerated } from './passphrase.ts';
import { planPublication } from './publish.ts';
import type { ShareOptions } from './share.ts';

const MAX_COUNT = 1000;

/** Shares one secret N times. @param read obtains it, once all else is checked @returns the exit code */
export async function shareCount(
  ctx: Context,
  read: () => Promise<SecretInput>,
  options: ShareOptions & EachOptions,
): Promise<number> {
  const count = /^\d{1,4}$/.test(options.count ?? '') ? Number(options.count) : 0;
  if (count < 1 || count > MAX_COUNT) {
    throw new OtsError('usage', `--count takes a number from 1 to ${MAX_COUNT}`, {
      hint: 'one link for each reader',
    });
  }
  // Any input will do: it is read once.
  refuseSingle({ ...options, env: undefined, edit: undefined, paste: undefined }, '--count', [
    'resume',
    'column',
    'field',
    'passphraseColumn',
    'ttlColumn',
    'labelColumn',
  ]);
  const jobs = Math.min(parseJobs(options.jobs), count);
  const plan = await planPublication(ctx, options);
  const { ttlSeconds, passphrase } = plan;
  const input = await read();
  let made = 0;
  const code = await shareMany(ctx, plan.settings, {
    records: repeated(input.body, count, () => made++),
    wishOf: async ({ body }) => ({
      body: body ?? input.body,
      filename: input.filename,
      ttlSeconds,
      passphrase,
      label: options.label,
    }),
    output: ctx.io.json ? JSON_ROWS : LINES,
    options,
    jobs,
    done: () => made / count,
    again: 'run it again with a smaller --count',
  });
  input.body.fill(0);
  if (passphrase?.generated && !ctx.io.json)
    await showGenerated(ctx.io, passphrase.text, 'burn the secrets: ots receipts lists them');
  return code;
}

async function* repeated(body: Uint8Array, count: number, made: () => void): AsyncGenerator<EachRecord> {
  for (let number = 1; number <= count; number++) {
    made();
    // A copy, which slice() of a Buffer is not: each is wiped when it was shared.
    yield { ...emptyRecord(number, number), body: new Uint8Array(body) };
  }
}
