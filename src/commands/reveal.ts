/**
 * `ots reveal`: fetches a secret once, decrypts it, delivers it.
 *
 * The order is the design: link checked, passphrase at hand and keys derived, destination opened, room for a rescue
 * taken, then one consuming request. Whatever fails after it, the text is kept in `recovered/` first.
 */
import { decodeUtf8 } from '../core/bytes.ts';
import { isTextForm, OtsError } from '../core/index.ts';
import type { RescuePlace } from '../local/recovered.ts';
import type { Remote } from '../remote/types.ts';
import { claimFor } from './claim.ts';
import type { Context, GlobalOptions } from './context.ts';
import { deliverContent } from './deliver.ts';
import { type Destination, type OutputOptions, openDestination } from './destination.ts';
import {
  type Fetched,
  fetchText,
  keysOf,
  type Opener,
  openFetched,
  readSecretLink,
  reserveFor,
  type SecretLink,
} from './fetch.ts';
import { noteRevealed } from './gone.ts';
import { type PassphraseOptions, type PassphraseSource, passphraseSource } from './passphrase.ts';
import { rescueText } from './rescue.ts';
import { openServer, resolveSettings } from './settings.ts';

export interface RevealOptions extends GlobalOptions, PassphraseOptions, OutputOptions {
  /** Outputs a text form as it is, when an ordinary-looking link led to one. */
  plain?: boolean;
  /** Takes the link from the clipboard. */
  paste?: boolean;
}

const MAX_LINK_BYTES = 65_536;

export async function reveal(
  ctx: Context,
  target: string | undefined,
  options: RevealOptions,
): Promise<void> {
  const link = readSecretLink(ctx, await linkText(ctx, target, options));
  const settings = await resolveSettings(ctx, options);
  const source = passphraseSource(ctx, options, link.kind === 'sealed');
  const access = { sealedReveal: link.kind === 'sealed' };
  const remote = await openServer(ctx, settings, link.baseUrl, access);
  try {
    const first =
      link.kind === 'sealed'
        ? await keysOf(ctx, link, source)
        : await ordinaryPassphrase(remote, link, options, source);
    await fetchAndDeliver(ctx, remote, link, options, first, source);
  } finally {
    await remote.close();
  }
}

async function linkText(ctx: Context, target: string | undefined, options: RevealOptions): Promise<string> {
  if ((target !== undefined) === Boolean(options.paste)) {
    const what = options.paste ? 'a link and --paste exclude each other' : 'the link is missing';
    throw new OtsError('usage', what, { hint: 'give the link, - to read it from a pipe, or --paste' });
  }
  if (target !== undefined && target !== '-') return target;
  if (!options.paste) return decodeUtf8(await ctx.io.readAll(MAX_LINK_BYTES)) ?? '';
  const { openClipboard } = await import('../io/clipboard.ts');
  return (await openClipboard(ctx.env)).content;
}

/** Asks for the server's own passphrase when one was announced by flag or by the server; a look spends nothing. */
async function ordinaryPassphrase(
  remote: Remote,
  link: SecretLink,
  options: PassphraseOptions,
  source: PassphraseSource,
): Promise<Opener> {
  if (options.passphrase || options.passphraseFile !== undefined) return { passphrase: await source.next() };
  const status = await remote.status(link.identifier);
  return { passphrase: status.hasPassphrase ? await source.next() : undefined };
}

async function fetchAndDeliver(
  ctx: Context,
  remote: Remote,
  link: SecretLink,
  options: RevealOptions,
  opener: Opener,
  source: PassphraseSource,
): Promise<void> {
  const destination = options.copy
    ? await (await import('./to-clipboard.ts')).clipboardDestination(ctx, options)
    : openDestination(ctx, options);
  let rescue: RescuePlace | undefined;
  const hold = ctx.holdSignals(() =>
    ctx.io.note('ots: the secret is on its way; it will be kept (three times ends at once)'),
  );
  hold.beforeForcedExit(() => {
    rescue?.release();
    destination.discard();
    ctx.io.note('ots: ended at once; ask with ots status whether the secret is still there');
  });
  try {
    rescue = reserveFor(ctx, remote, link);
    const claim = claimFor(ctx, remote, link.identifier);
    const fetched = await fetchText(ctx, remote, link, opener, source, hold, claim);
    try {
      // Only what is encrypted: an ordinary secret touches the disk when something has failed, and not before.
      if (isTextForm(fetched.text)) rescue.stash(fetched.text);
      await hold.orInterrupted(() => handOver(ctx, remote, link, fetched, destination, options));
      keepInDoubt(ctx, rescue, fetched.text, destination.doubt);
      await claim.acknowledge();
    } catch (error) {
      const rescued = await rescueText(ctx, rescue, fetched.text, error);
      if (rescued.kept) await claim.acknowledge();
      throw rescued.error;
    } finally {
      noteRevealed(ctx, link.identifier);
    }
    if (hold.received !== undefined)
      throw new OtsError('interrupted', `interrupted by ${hold.received}, after delivery`);
  } finally {
    rescue?.release();
    destination.discard();
    hold.release();
  }
}

/** An ordinary secret is not kept: it would be on the disk as it is. */
function keepInDoubt(ctx: Context, rescue: RescuePlace, text: string, doubt: string | undefined): void {
  if (doubt === undefined) return;
  const path = isTextForm(text) ? rescue.keep(text, 'sealed') : undefined;
  ctx.io.warn(`${doubt}${path === undefined ? '; paste it now' : `; it is kept, encrypted, in ${path}`}`);
}

/** Decrypts, if there is something to decrypt, and delivers. */
async function handOver(
  ctx: Context,
  remote: Remote,
  link: SecretLink,
  fetched: Fetched,
  destination: Destination,
  options: RevealOptions,
): Promise<void> {
  const content = openFetched(ctx, fetched, options.plain ?? false);
  const path = await deliverContent(ctx, destination, content, options, {
    server: remote.baseUrl,
    secret_id: link.identifier,
    encrypted: fetched.keys !== undefined,
  });
  content.body.fill(0);
  if (path !== undefined && options.output !== undefined) ctx.io.noteOnTerminal('saved');
}
