/**
 * `ots reveal`: fetches a secret once, decrypts it, delivers it.
 *
 * The order is the design: link checked, passphrase at hand and keys derived, destination opened, room for a rescue
 * taken, then one consuming request. Whatever fails after it, the text is kept in `recovered/` first.
 */
import { decodeUtf8 } from '../core/bytes.ts';
import {
  DEFAULT_MAX_TEXT_BYTES,
  deriveKeys,
  isGated,
  isOtsError,
  isTextForm,
  type Link,
  OtsError,
  openSecret,
  parseLink,
  preparePassphrase,
  type SealedLink,
  type SecretKeys,
  SUITE_PASSPHRASE,
  wipeKeys,
} from '../core/index.ts';
import { withProgress } from '../io/progress.ts';
import { nativeInflate, nativeScrypt } from '../local/primitives.ts';
import { type RescuePlace, reserveRescue } from '../local/recovered.ts';
import type { Remote } from '../remote/types.ts';
import { type ClaimOfReveal, claimFor } from './claim.ts';
import type { Context, GlobalOptions, SignalHold } from './context.ts';
import { deliverContent } from './deliver.ts';
import { type Destination, type OutputOptions, openDestination } from './destination.ts';
import { explainGone, noteRevealed } from './gone.ts';
import { type PassphraseOptions, type PassphraseSource, passphraseSource } from './passphrase.ts';
import { rescueText } from './rescue.ts';
import { openServer, resolveSettings } from './settings.ts';

export interface RevealOptions extends GlobalOptions, PassphraseOptions, OutputOptions {
  /** Outputs a text form as it is, when an ordinary-looking link led to one. */
  plain?: boolean;
  /** Takes the link from the clipboard. */
  paste?: boolean;
}

type SecretLink = Exclude<Link, { kind: 'receipt' }>;

/** What came back: the text as the server gave it, and the keys when the link had one. */
interface Fetched {
  text: string;
  keys: SecretKeys | undefined;
}

const MAX_RESCUE_BYTES = 131_072;
const MAX_LINK_BYTES = 65_536;

export async function reveal(
  ctx: Context,
  target: string | undefined,
  options: RevealOptions,
): Promise<void> {
  const link = readLink(ctx, await linkText(ctx, target, options));
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

/** Reads and checks the link. @throws OtsError `usage`; nothing is spent */
function readLink(ctx: Context, text: string): SecretLink {
  const link = parseLink(text);
  if (link.kind === 'receipt') {
    throw new OtsError('usage', 'that is a receipt link: it shows the state and burns, but opens nothing', {
      hint: 'ask for the secret link; with this one: ots status LINK, ots burn LINK',
    });
  }
  if (link.kind === 'sealed' && link.unwrapped) {
    ctx.io.warn(
      `the link came wrapped or encoded and leads to ${new URL(link.baseUrl).host}; whoever wrapped it may have seen the key`,
    );
  }
  return link;
}

/** What opens the secret: derived keys, or the passphrase that the server checks itself. */
type Opener = { keys: SecretKeys } | { passphrase: string | undefined };

async function keysOf(
  ctx: Context,
  link: SealedLink,
  source: PassphraseSource,
): Promise<{ keys: SecretKeys }> {
  if (link.suite !== SUITE_PASSPHRASE) return { keys: await deriveKeys(link.suite, link.linkKey) };
  const prepared = preparePassphrase(await source.next());
  const derive = (): Promise<SecretKeys> =>
    deriveKeys(link.suite, link.linkKey, prepared, { kdf: nativeScrypt });
  const keys = await withProgress(ctx.io, 'stretching the passphrase', derive);
  prepared.fill(0);
  return { keys };
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
  try {
    const room = Math.min((remote.maxTextBytes || DEFAULT_MAX_TEXT_BYTES) + 1024, MAX_RESCUE_BYTES);
    rescue = reserveRescue(ctx.paths.state, link.identifier, room, ctx.now());
    const claim = claimFor(ctx, remote, link.identifier);
    const fetched = await fetchText(ctx, remote, link, opener, source, hold, claim);
    try {
      if (hold.received !== undefined) throw new OtsError('interrupted', `interrupted by ${hold.received}`);
      await handOver(ctx, remote, link, fetched, destination, options);
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
    hold.release();
    rescue?.release();
    destination.discard();
  }
}

/** The one consuming request; another only after a refusal that spent nothing, with another passphrase. */
async function fetchText(
  ctx: Context,
  remote: Remote,
  link: SecretLink,
  first: Opener,
  source: PassphraseSource,
  hold: SignalHold,
  claim: ClaimOfReveal,
): Promise<Fetched> {
  for (let opener = first; ; ) {
    if (hold.received !== undefined) throw new OtsError('interrupted', 'interrupted; nothing was spent');
    const keys = 'keys' in opener ? opener.keys : undefined;
    const gate = 'keys' in opener ? gateOf(opener.keys) : opener.passphrase;
    try {
      const { text, truncated } = await withProgress(ctx.io, 'revealing', () =>
        remote.reveal(link.identifier, { passphrase: gate, claim: claim.claim }),
      );
      if (truncated) ctx.io.warn('the server says that it had cut this text when it was stored');
      return { text, keys };
    } catch (error) {
      if (!mayTryAgain(error, link, gate) || !source.mayRetry)
        throw await explainGone(ctx, remote, link, claim.failed(error));
      ctx.io.warn('that was not the passphrase, or the secret is gone; nothing was spent');
    }
    opener = link.kind === 'sealed' ? await keysOf(ctx, link, source) : { passphrase: await source.next() };
  }
}

function gateOf(keys: SecretKeys): string | undefined {
  return isGated(keys.suite) ? keys.gateToken : undefined;
}

/** v1 cannot tell a wrong passphrase from a secret that is gone: both spend nothing, so asking again is safe. */
function mayTryAgain(error: unknown, link: SecretLink, passphrase: string | undefined): boolean {
  const withPassphrase = link.kind === 'sealed' ? link.suite === SUITE_PASSPHRASE : passphrase !== undefined;
  return (
    withPassphrase &&
    (isOtsError(error, 'wrong_passphrase') || (isOtsError(error, 'not_found') && error.ambiguous))
  );
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
  const { keys, text } = fetched;
  if (keys === undefined && !options.plain && isTextForm(text)) {
    throw new OtsError(
      'undelivered',
      'the secret is encrypted and the part after # is missing from the link',
      {
        hint: 'get the whole link from the sender, then: ots decrypt --link LINK FILE',
      },
    );
  }
  const content = keys
    ? openSecret(text, keys, { inflate: nativeInflate, passphraseTested: isGated(keys.suite) })
    : { body: Buffer.from(text), filename: undefined, mediaType: undefined, dropped: [] };
  if (keys) wipeKeys(keys);
  for (const name of content.dropped)
    ctx.io.warn(
      `the sender's ${name === 'filename' ? 'file name' : 'media type'} was malformed and is ignored`,
    );
  const path = await deliverContent(ctx, destination, content, options, {
    server: remote.baseUrl,
    secret_id: link.identifier,
    encrypted: keys !== undefined,
  });
  content.body.fill(0);
  if (path !== undefined && options.output !== undefined) ctx.io.noteOnTerminal('saved');
}
