/** The two ways to destroy a secret: by its receipt, or by spending its one view and throwing it away unseen. */
import {
  deriveKeys,
  isGated,
  isOtsError,
  OtsError,
  preparePassphrase,
  SUITE_PASSPHRASE,
} from '../core/index.ts';
import { withProgress } from '../io/progress.ts';
import { nativeScrypt } from '../local/primitives.ts';
import type { Context } from './context.ts';
import { rememberState } from './gone.ts';
import { type PassphraseOptions, passphraseSource } from './passphrase.ts';
import { openServer, type Settings } from './settings.ts';
import type { Target } from './target.ts';

const OWNER_ONLY = new OtsError(
  'refused',
  'only its sender can destroy it: it needs a passphrase and its receipt is unknown here',
  {
    hint: 'give the passphrase with -p or --passphrase-file, or burn it where it was shared',
  },
);

/** @returns `burned`, or `gone` when there was nothing left to burn */
export async function burnByReceipt(
  ctx: Context,
  target: Target,
  settings: Settings,
  options: PassphraseOptions,
): Promise<'burned' | 'gone'> {
  const { known, receiptId = '' } = target;
  const remote = await openServer(ctx, settings, target.baseUrl);
  try {
    const passphrase = await receiptPassphrase(ctx, target, options);
    const { burnedNow, state } = await remote.burn(receiptId, { passphrase });
    if (known !== undefined) rememberState(ctx, known, state);
    return burnedNow ? 'burned' : 'gone';
  } catch (error) {
    // A receipt outlives its secret: if the server has forgotten one that we know, the secret is gone as well.
    if (known !== undefined && isOtsError(error, 'not_found')) return 'gone';
    throw error;
  } finally {
    await remote.close();
  }
}

/** What the server demands before it burns: the kept gate token, or what the user gives. */
async function receiptPassphrase(
  ctx: Context,
  { known }: Target,
  options: PassphraseOptions,
): Promise<string | undefined> {
  if (known?.gate_token !== undefined) return known.gate_token;
  if (options.passphrase || options.passphraseFile !== undefined)
    return passphraseSource(ctx, options, false).next();
  return undefined;
}

/** @returns `spent`, or `gone` @throws OtsError `refused` when only the owner can destroy it */
export async function spend(
  ctx: Context,
  target: Target,
  settings: Settings,
  options: PassphraseOptions,
): Promise<'spent' | 'gone'> {
  const access = { sealedReveal: target.link?.kind === 'sealed' };
  const remote = await openServer(ctx, settings, target.baseUrl, access);
  const secretId = target.secretId ?? '';
  try {
    const gate = target.link?.kind === 'sealed' ? await linkGate(ctx, target.link, options) : undefined;
    let passphrase = gate;
    if (target.link?.kind === 'ordinary') {
      const status = await remote.status(secretId);
      if (status.state === 'gone') return 'gone';
      if (options.passphrase || options.passphraseFile !== undefined)
        passphrase = await passphraseSource(ctx, options, false).next();
      else if (status.hasPassphrase) throw OWNER_ONLY;
    }
    // The text is dropped unseen: burning never shows what it destroys.
    await remote.reveal(secretId, { passphrase });
    return 'spent';
  } catch (error) {
    if (isOtsError(error, 'not_found') && !error.ambiguous) return 'gone';
    throw error;
  } finally {
    await remote.close();
  }
}

/** The gate token of a sealed link, derived from its key and, for suite 0x13, the passphrase. */
async function linkGate(
  ctx: Context,
  link: Extract<Target['link'], { kind: 'sealed' }>,
  options: PassphraseOptions,
): Promise<string | undefined> {
  if (!isGated(link.suite)) return undefined;
  if (link.suite !== SUITE_PASSPHRASE) return (await deriveKeys(link.suite, link.linkKey)).gateToken;
  const given =
    options.passphrase || options.passphraseFile !== undefined || ctx.env['OTS_PASSPHRASE'] !== undefined;
  if (!given) throw OWNER_ONLY;
  const prepared = preparePassphrase(await passphraseSource(ctx, options, true).next());
  const derive = () => deriveKeys(link.suite, link.linkKey, prepared, { kdf: nativeScrypt });
  return (await withProgress(ctx.io, 'stretching the passphrase', derive)).gateToken;
}
