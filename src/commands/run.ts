/**
 * `ots run`: reveals links into a command's environment and runs it; nothing touches disk or arguments.
 *
 * The order is the design: links read, the command found, every status asked, passphrases at hand, room for a rescue
 * taken; only then the secrets are spent, one after the other. They are delivered once the command runs. Whatever
 * fails before, all that was fetched is kept in `recovered/`.
 */
import { decodeUtf8 } from '../core/bytes.ts';
import { isOtsError, isTextForm, OtsError } from '../core/index.ts';
import { type Child, startChild } from '../io/child.ts';
import { errorJson, reportError } from '../io/report.ts';
import type { RescuePlace } from '../local/recovered.ts';
import type { Remote, SecretState, SecretStatus } from '../remote/types.ts';
import { type ClaimOfReveal, claimFor } from './claim.ts';
import type { Context, GlobalOptions, SignalHold } from './context.ts';
import { fetchText, keysOf, type Opener, openFetched, reserveFor } from './fetch.ts';
import { noteRevealed } from './gone.ts';
import { askedMask, guessedMask, hide } from './mask.ts';
import { type PassphraseOptions, type PassphraseSource, passphraseSource } from './passphrase.ts';
import { findCommand } from './run-command.ts';
import { type LinkOptions, named, readWanted, type Wanted } from './run-links.ts';
import { openServer, resolveSettings, type Settings } from './settings.ts';

export interface RunOptions extends GlobalOptions, PassphraseOptions, LinkOptions {
  /** Keeps a final newline. */
  raw?: boolean;
  mask?: string;
}

/** All that is needed to spend one secret. */
interface Ready extends Wanted {
  remote: Remote;
  opener: Opener;
  source: PassphraseSource;
}

/** A secret that was fetched. */
interface Spent {
  name: string;
  text: string;
  claim: ClaimOfReveal;
  rescue: RescuePlace;
}

const GONE: SecretState[] = ['gone', 'revealed', 'burned', 'expired'];
/** For this program only; a command that needs one gets it by name. */
const OWN = ['OTS_TOKEN', 'OTS_PASSPHRASE', 'OTS_SERVE_TOKEN'];

/**
 * @param words the command and its arguments
 * @param typed all words as they were typed
 * @returns the command's exit code, 128 and its number when a signal ended it, 126 or 127 when it cannot be run
 */
export async function run(
  ctx: Context,
  words: string[],
  typed: string[],
  options: RunOptions,
): Promise<number> {
  const wanted = readWanted(ctx, options);
  const mask = options.mask === undefined ? guessedMask(ctx) : askedMask(ctx, options.mask);
  const [word] = words;
  if (word === undefined || typed[typed.length - words.length - 1] !== '--') {
    throw new OtsError('usage', 'the command is missing', { hint: 'it comes after --, all of it' });
  }
  const found = findCommand(ctx, word);
  if ('exitCode' in found) return notFound(ctx, found.exitCode);
  const settings = await resolveSettings(ctx, options);
  const servers = new Map<string, Remote>();
  let child: Child;
  try {
    const ready = await prepare(ctx, wanted, settings, options, servers);
    child = await spendAll(ctx, ready, options.raw ?? false, async (values) => {
      await hide(ctx, mask, Object.values(values));
      return startChild({ path: found.path, words, env: environment(ctx, values), cwd: ctx.cwd });
    });
  } finally {
    for (const remote of servers.values()) await remote.close();
  }
  return child.ended;
}

async function notFound(ctx: Context, exitCode: 126 | 127): Promise<number> {
  const why = exitCode === 127 ? 'there is no such command' : 'the command cannot be executed';
  const error = new OtsError('usage', why, { hint: 'nothing was spent; check its name and its permissions' });
  if (ctx.io.json) await ctx.io.outJson({ error: { ...errorJson(error), exit_code: exitCode } });
  else await reportError(ctx.io, error, false);
  return exitCode;
}

/** Asks for the status of all, which spends nothing, then for the passphrases of those that need one. */
async function prepare(
  ctx: Context,
  wanted: Wanted[],
  settings: Settings,
  options: RunOptions,
  servers: Map<string, Remote>,
): Promise<Ready[]> {
  const seen: { one: Wanted; remote: Remote; status: SecretStatus }[] = [];
  for (const one of wanted) {
    const { link, name } = one;
    try {
      const key = `${link.kind} ${link.baseUrl}`;
      const access = { sealedReveal: link.kind === 'sealed' };
      const remote = servers.get(key) ?? (await openServer(ctx, settings, link.baseUrl, access));
      servers.set(key, remote);
      seen.push({ one, remote, status: await remote.status(link.identifier) });
    } catch (error) {
      throw named(name, error);
    }
  }
  const gone = seen.filter(({ status }) => GONE.includes(status.state)).map(({ one }) => one.name);
  if (gone.length > 0) {
    throw new OtsError('not_found', `${gone.join(', ')}: gone (viewed, burned or expired)`, {
      hint: 'nothing was spent; whatever you did not open yourself, treat as read by someone else',
    });
  }
  const ready: Ready[] = [];
  for (const { one, remote, status } of seen) {
    const source = passphraseSource(ctx, options, one.link.kind === 'sealed');
    try {
      ready.push({ ...one, remote, source, opener: await openerOf(ctx, one, status, source, options) });
    } catch (error) {
      throw named(one.name, error);
    }
  }
  return ready;
}

async function openerOf(
  ctx: Context,
  { link }: Wanted,
  status: SecretStatus,
  source: PassphraseSource,
  options: PassphraseOptions,
): Promise<Opener> {
  if (link.kind === 'sealed') return keysOf(ctx, link, source);
  const given = options.passphrase === true || options.passphraseFile !== undefined;
  return { passphrase: (status.hasPassphrase ?? given) ? await source.next() : undefined };
}

/**
 * Spends one secret after the other, then starts the command.
 *
 * @param start gets the values by name
 * @throws what failed, once everything that had been fetched was kept
 */
async function spendAll(
  ctx: Context,
  ready: Ready[],
  raw: boolean,
  start: (values: Record<string, string>) => Promise<Child>,
): Promise<Child> {
  const hold = ctx.holdSignals(() =>
    ctx.io.note('ots: secrets are on their way; they will be kept (three times ends at once)'),
  );
  const rescues: RescuePlace[] = [];
  const spent: Spent[] = [];
  try {
    for (const { remote, link } of ready) rescues.push(reserveFor(ctx, remote, link));
    const values: Record<string, string> = {};
    for (const [index, one] of ready.entries()) {
      try {
        values[one.name] = await spendOne(ctx, one, rescues[index] as RescuePlace, hold, spent, raw);
      } catch (error) {
        throw named(one.name, error);
      }
    }
    if (hold.received !== undefined) throw new OtsError('interrupted', `interrupted by ${hold.received}`);
    const child = await start(values).catch((cause: unknown) => {
      throw new OtsError('undelivered', 'the command could not be started', { cause });
    });
    await Promise.all(spent.map(({ claim }) => claim.acknowledge()));
    return child;
  } catch (error) {
    throw spent.length === 0 ? error : await keepAll(ctx, spent, error);
  } finally {
    hold.release();
    for (const rescue of rescues) rescue.release();
  }
}

async function spendOne(
  ctx: Context,
  { name, remote, link, opener, source }: Ready,
  rescue: RescuePlace,
  hold: SignalHold,
  spent: Spent[],
  raw: boolean,
): Promise<string> {
  if (hold.received !== undefined) throw new OtsError('interrupted', `interrupted by ${hold.received}`);
  const claim = claimFor(ctx, remote, link.identifier);
  const fetched = await fetchText(ctx, remote, link, opener, source, hold, claim);
  spent.push({ name, text: fetched.text, claim, rescue });
  noteRevealed(ctx, link.identifier);
  const { body } = openFetched(ctx, fetched, false);
  const text = decodeUtf8(body);
  if (text === undefined || text.includes('\0')) {
    throw new OtsError('undelivered', 'the secret is binary, and no variable can hold that');
  }
  return raw ? text : text.replace(/\r?\n$/, '');
}

/** Keeps all that was fetched. @returns the error to throw, which says where */
async function keepAll(ctx: Context, spent: Spent[], cause: unknown): Promise<OtsError> {
  const places: string[] = [];
  for (const { name, text, claim, rescue } of spent) {
    const path = rescue.keep(text, isTextForm(text) ? 'sealed' : 'plain');
    // Nowhere on disk: the last place is the reader's own screen or log. Losing it would be worse.
    if (path === undefined) await ctx.io.lastResort(`${text}\n`);
    else await claim.acknowledge();
    places.push(path === undefined ? `${name} printed above` : `${name} in ${path}`);
  }
  const error = isOtsError(cause)
    ? cause
    : new OtsError('undelivered', 'the secrets could not be delivered', { cause });
  return new OtsError(
    error.code,
    `${error.message}; the command was not run, and what was fetched is kept: ${places.join(', ')}`,
    {
      // An answer that was lost can still be had where claims are kept, for a minute.
      hint: `${error.ambiguous ? 'try the one that failed at once, with ots reveal; ' : ''}open what is kept: ots decrypt --link LINK FILE (those in .txt without --link)`,
      cause: error.cause,
    },
  );
}

function environment(ctx: Context, values: Record<string, string>): Record<string, string> {
  const inherited = Object.entries(ctx.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !OWN.includes(entry[0]),
  );
  return { ...Object.fromEntries(inherited), ...values };
}
