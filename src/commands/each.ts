/** `ots share --each`: every record of the input becomes a secret of its own. */
import { isSafeFilename, isShortPassphrase, OtsError, parseDuration } from '../core/index.ts';
import type { Context } from './context.ts';
import { counted, eachSource } from './each-bytes.ts';
import type { Columns, EachInput, EachOutput, EachRecord } from './each-record.ts';
import { checkResumeFile, withEarlier } from './each-resume.ts';
import { shareMany } from './each-run.ts';
import { parseWordCount, randomWords } from './passphrase.ts';
import { type Plan, planPublication } from './publish.ts';
import type { Wish } from './publish-one.ts';
import type { ShareOptions } from './share.ts';

/** The flags of `--each` and `--count`. */
export interface EachOptions {
  each?: string;
  count?: string;
  jobs?: string;
  column?: string;
  field?: string;
  passphraseColumn?: string;
  ttlColumn?: string;
  labelColumn?: string;
  resume?: string;
}

/** One secret only, or one reader only: nothing for many. */
const SINGLE = ['here', 'to', 'copy', 'qr', 'edit', 'paste', 'env', 'mask'] as const;
const MAX_JOBS = 128;

/** Refuses what makes no sense for many secrets. @param more flags beside those of one secret */
export function refuseSingle(options: object, flag: string, more: readonly string[] = []): void {
  const given = [...SINGLE, ...more].find((name) => {
    const value = (options as Record<string, unknown>)[name];
    return value !== undefined && value !== false;
  });
  if (given === undefined) return;
  const spelled = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new OtsError('usage', `${flag} and --${spelled} exclude each other`, { hint: 'give one of them' });
}

/** @throws OtsError `usage` unless 1 to 128 */
export function parseJobs(text: string | undefined): number {
  const jobs = /^\d{1,3}$/.test(text ?? '16') ? Number(text ?? '16') : 0;
  if (jobs >= 1 && jobs <= MAX_JOBS) return jobs;
  throw new OtsError('usage', `--jobs takes a number from 1 to ${MAX_JOBS}`, { hint: '16 is the default' });
}

/** Shares each record. @returns the exit code */
export async function shareEach(
  ctx: Context,
  file: string | undefined,
  options: ShareOptions & EachOptions,
): Promise<number> {
  refuseSingle(options, '--each', ['count', 'trim']);
  if (typeof options.name === 'string' && !isSafeFilename(options.name)) {
    throw new OtsError('usage', '--name is not a plain file name', {
      hint: 'without / \\ : and hidden characters',
    });
  }
  const jobs = parseJobs(options.jobs);
  const columns = columnsOf(options);
  const { input, output } = await formsOf(ctx, options, columns);
  // Made for each record, not once.
  const { generatePassphrase, passphraseWords, ...rest } = options;
  const words = generatePassphrase ? parseWordCount(passphraseWords ?? '6', '--passphrase-words') : undefined;
  const plan = await planPublication(ctx, generatePassphrase ? rest : options);
  const source = eachSource(ctx, file);
  const { resume } = options;
  if (resume !== undefined) checkResumeFile(ctx, resume);
  const records = (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<EachRecord> => {
    const all = notEmpty(input.records(chunks), () => input.head() !== '');
    return resume === undefined ? all : withEarlier(all, output, resume);
  };
  // Read to the end first where that is possible: a table may be damaged, an earlier output not of this input.
  if (source.sizeBytes !== undefined && (options.each === 'csv' || resume !== undefined))
    for await (const _ of records(source.open()));
  const { chunks, part } = counted(source);
  let warned = false;
  const short = (): void => {
    if (!warned)
      ctx.io.warn('some passphrases are short: whoever gets link and ciphertext can guess them offline');
    warned = true;
  };
  return shareMany(ctx, plan.settings, {
    records: records(chunks),
    wishOf: (record) => wishOf(record, plan, options, words, short),
    output,
    options,
    jobs,
    done: part,
    again: 'run it again with --resume and this output',
  });
}

/** Which columns are read. @throws OtsError `usage` for flags that another form has */
function columnsOf(options: ShareOptions & EachOptions): Columns {
  const { each, column, field } = options;
  const usage = (message: string, hint: string): OtsError => new OtsError('usage', message, { hint });
  if (each !== 'lines' && each !== 'csv' && each !== 'ndjson')
    throw usage('--each takes lines, csv or ndjson', 'for a secret a line: --each lines');
  const names = {
    passphrase: options.passphraseColumn,
    ttl: options.ttlColumn,
    label: options.labelColumn,
  };
  if (each !== 'csv' && column !== undefined)
    throw usage('--column goes with --each csv', 'for ndjson: --field');
  if (each !== 'ndjson' && field !== undefined)
    throw usage('--field goes with --each ndjson', 'for csv: --column');
  if (each === 'lines' && Object.values(names).some((name) => name !== undefined))
    throw usage('lines have no columns', 'use --each csv or ndjson');
  const secret = each === 'csv' ? column : each === 'ndjson' ? field : '';
  if (secret === undefined) {
    const flag = each === 'csv' ? '--column' : '--field';
    throw usage(`--each ${each} needs ${flag} NAME`, 'it names what holds the secret');
  }
  if (
    names.passphrase !== undefined &&
    (options.passphrase || options.passphraseFile !== undefined || options.generatePassphrase)
  )
    throw usage('--passphrase-column excludes every other passphrase', 'give one or the other');
  return { secret, ...names, generated: options.generatePassphrase ?? false };
}

async function formsOf(
  ctx: Context,
  { each }: EachOptions,
  columns: Columns,
): Promise<{ input: EachInput; output: EachOutput }> {
  if (each === 'lines' && columns.generated && !ctx.io.json) {
    throw new OtsError('usage', 'lines of links have no room for the passphrases that are made', {
      hint: 'use --each csv or ndjson, or --json',
    });
  }
  const form =
    each === 'csv'
      ? (await import('./each-csv.ts')).csvForm(columns)
      : each === 'ndjson'
        ? (await import('./each-ndjson.ts')).ndjsonForm(columns)
        : (await import('./each-lines.ts')).LINES;
  return { input: form, output: ctx.io.json ? (await import('./each-json.ts')).JSON_ROWS : form };
}

/** Nothing at all is an error, as it is with one secret: a command before the pipe has failed. */
async function* notEmpty(
  records: AsyncGenerator<EachRecord>,
  hasHead: () => boolean,
): AsyncGenerator<EachRecord> {
  let empty = true;
  for await (const record of records) {
    empty = false;
    yield record;
  }
  if (empty && !hasHead()) throw new OtsError('usage', 'the input is empty', { hint: 'nothing was shared' });
}

/** What a record asks for. @throws OtsError `usage` */
async function wishOf(
  record: EachRecord,
  plan: Plan,
  { name, label }: ShareOptions,
  words: number | undefined,
  short: () => void,
): Promise<Wish> {
  const { body, ttl, passphrase } = record;
  if (body === undefined) throw new OtsError('usage', 'the secret is empty');
  const own = passphrase === undefined ? undefined : { text: passphrase, generated: false };
  if (own !== undefined && isShortPassphrase(own.text)) short();
  const made = words === undefined ? undefined : { text: await randomWords(words), generated: true };
  return {
    body,
    filename: name === false ? undefined : name,
    ttlSeconds: ttl === undefined ? plan.ttlSeconds : parseDuration(ttl),
    passphrase: own ?? made ?? plan.passphrase,
    label: record.label ?? label,
  };
}
