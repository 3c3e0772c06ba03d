/**
 * Fetching one secret, for `reveal` and `run`: what opens it is at hand first, then one consuming request, then the
 * text is opened. What is fetched is the caller's to keep until it is delivered.
 */
import {
  DEFAULT_MAX_TEXT_BYTES,
  deriveKeys,
  type FrameContent,
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
import type { ClaimOfReveal } from './claim.ts';
import type { Context, SignalHold } from './context.ts';
import { explainGone } from './gone.ts';
import type { PassphraseSource } from './passphrase.ts';

const MAX_RESCUE_BYTES = 131_072;

/** A link that leads to a secret. */
export type SecretLink = Exclude<Link, { kind: 'receipt' }>;

/** What came back: the text as the server gave it, and the keys when the link had one. */
export interface Fetched {
  text: string;
  keys: SecretKeys | undefined;
}

/** Reads and checks a link. @throws OtsError `usage`; nothing is spent */
export function readSecretLink(ctx: Context, text: string): SecretLink {
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
export type Opener = { keys: SecretKeys } | { passphrase: string | undefined };

/** Derives the keys, with a passphrase where the link needs one. @throws OtsError `usage` when there is none */
export async function keysOf(
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

/** Takes room on disk for what is about to be fetched. @throws OtsError `usage` when the disk is full */
export function reserveFor(ctx: Context, remote: Remote, link: SecretLink): RescuePlace {
  const room = Math.min((remote.maxTextBytes || DEFAULT_MAX_TEXT_BYTES) + 1024, MAX_RESCUE_BYTES);
  return reserveRescue(ctx.paths.state, link.identifier, room, ctx.now());
}

/** The one consuming request; another only after a refusal that spent nothing, with another passphrase. */
export async function fetchText(
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
    // Nothing is under way while a person types: a signal ends it at once.
    opener = await hold.orInterrupted<Opener>(() =>
      link.kind === 'sealed'
        ? keysOf(ctx, link, source)
        : source.next().then((passphrase) => ({ passphrase })),
    );
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

/**
 * Decrypts, if there is something to decrypt, and wipes the keys.
 *
 * @param plain leave a text form as it is when the link has no key
 * @throws OtsError `undelivered` when it is encrypted and the link has no key; `damaged`, `wrong_passphrase`
 */
export function openFetched(ctx: Context, { keys, text }: Fetched, plain: boolean): FrameContent {
  if (keys === undefined && !plain && isTextForm(text)) {
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
  return content;
}
