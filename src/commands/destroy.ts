/** The two ways to destroy a secret: by its receipt, or by spending its one view and throwing it away unseen. */
import {
  deriveKeys,
  isGated,
  isOtsError,
  OtsError,
  preparePassphrase,
  type SealedLink,
  SUITE_PASSPHRASE,
} from '../core/index.ts';
import { withProgress } from '../io/progress.ts';
import { nativeScrypt } from '../local/primitives.ts';
import type { Remote } from '../remote/types.ts';
import type { Context } from './context.ts';
import { rememberState } from './gone.ts';
import { type PassphraseOptions, passphraseSource } from './passphrase.ts';
import type { Servers } from './servers.ts';
import type { Target } from './target.ts';

const OWNER_ONLY = new OtsError(
  'refused',
  'only its sender can destroy it: it needs a passphrase and its receipt is unknown here',
  {
    hint: 'give the passphrase with -p or --passphrase-file, or burn it where it was shared',
  },
);

/** Where a receipt is, and what it is called. */
export interface ReceiptPlace {
  baseUrl: string;
  receiptId: string;
}

export interface Destroyer {
  /** What can be told of spending without asking anybody. @throws OtsError `refused` when only the owner can */
  checkSpend(target: Target): void;
  /** @returns `burned`, or `gone` when there was nothing left to burn */
  burn(target: Target, place: ReceiptPlace): Promise<'burned' | 'gone'>;
  /** @returns `spent`, or `gone` @throws OtsError `refused` when only the owner can destroy it */
  spend(target: Target): Promise<'spent' | 'gone'>;
}

/** Asks for a passphrase once, however many secrets it is for. */
export function createDestroyer(ctx: Context, servers: Servers, options: PassphraseOptions): Destroyer {
  const asked = { sealed: once(ctx, options, true), ordinary: once(ctx, options, false) };
  const given = options.passphrase || options.passphraseFile !== undefined;
  let turn: Promise<unknown> = Promise.resolve();

  /** The gate token of a sealed link, derived from its key and, for suite 0x13, the passphrase. */
  const gateOf = async (link: SealedLink): Promise<string | undefined> => {
    if (!isGated(link.suite)) return undefined;
    if (link.suite !== SUITE_PASSPHRASE) return (await deriveKeys(link.suite, link.linkKey)).gateToken;
    if (!given && ctx.env['OTS_PASSPHRASE'] === undefined) throw OWNER_ONLY;
    const prepared = preparePassphrase(await asked.sealed());
    const derive = () => deriveKeys(link.suite, link.linkKey, prepared, { kdf: nativeScrypt });
    // One at a time: each takes 128 MiB.
    const derived = turn.then(() => withProgress(ctx.io, 'stretching the passphrase', derive));
    turn = derived.catch(() => undefined);
    return (await derived).gateToken;
  };

  /** What the server demands before it burns: the kept gate token, the link's own, or what the user gives. */
  const receiptPassphrase = async ({ known, link }: Target): Promise<string | undefined> => {
    if (known?.gate_token !== undefined) return known.gate_token;
    if (link?.kind === 'sealed' && (link.suite !== SUITE_PASSPHRASE || given)) return gateOf(link);
    return given ? asked.ordinary() : undefined;
  };

  const spendOrdinary = async (
    remote: Remote,
    secretId: string,
    damaged: boolean,
  ): Promise<'spent' | 'gone'> => {
    const status = await remote.status(secretId);
    if (status.state === 'gone') {
      if (damaged) throw maybeAnother();
      return 'gone';
    }
    let passphrase: string | undefined;
    if (status.hasPassphrase !== false && given) passphrase = await asked.ordinary();
    else if (status.hasPassphrase) throw OWNER_ONLY;
    // The text is dropped unseen: burning never shows what it destroys.
    await remote.reveal(secretId, { passphrase });
    return 'spent';
  };

  return {
    checkSpend({ link }) {
      const sealed = link?.kind === 'sealed' && link.suite === SUITE_PASSPHRASE;
      if (sealed && !given && ctx.env['OTS_PASSPHRASE'] === undefined) throw OWNER_ONLY;
    },
    async burn(target, { baseUrl, receiptId }) {
      const passphrase = await receiptPassphrase(target);
      try {
        const { burnedNow, state } = await servers.ask(baseUrl, {}, (remote) =>
          remote.burn(receiptId, { passphrase }),
        );
        if (target.known !== undefined) rememberState(ctx, target.known, state);
        return burnedNow ? 'burned' : 'gone';
      } catch (error) {
        // A receipt outlives its secret: if the server has forgotten one that we know, the secret is gone as well.
        if (target.known !== undefined && isOtsError(error, 'not_found')) return 'gone';
        throw error;
      }
    },
    async spend({ link, secretId = '', baseUrl }) {
      const access = { sealedReveal: link?.kind === 'sealed' };
      const passphrase = link?.kind === 'sealed' ? await gateOf(link) : undefined;
      const attempt = async (remote: Remote): Promise<'spent' | 'gone'> => {
        if (link?.kind !== 'sealed') return spendOrdinary(remote, secretId, link?.kind === 'damaged');
        await remote.reveal(secretId, { passphrase });
        return 'spent';
      };
      try {
        return await askOnce(servers, baseUrl, access, attempt);
      } catch (error) {
        if (isOtsError(error, 'not_found') && !error.ambiguous && link?.kind !== 'damaged') return 'gone';
        throw error;
      }
    },
  };
}

/** Repeats only what the server turned away and said when to repeat: nothing was spent then. */
async function askOnce<T>(
  servers: Servers,
  baseUrl: string,
  access: { sealedReveal: boolean },
  attempt: (remote: Remote) => Promise<T>,
): Promise<T> {
  const outcome = await servers.ask(baseUrl, access, async (remote) => {
    try {
      return { value: await attempt(remote) };
    } catch (error) {
      const turnedAway = isOtsError(error, 'rate_limited') && error.retryAfterSeconds !== undefined;
      if (turnedAway && !error.ambiguous) throw error;
      return { error };
    }
  });
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

function once(ctx: Context, options: PassphraseOptions, sealed: boolean): () => Promise<string> {
  let passphrase: Promise<string> | undefined;
  return () => {
    passphrase ??= passphraseSource(ctx, options, sealed).next();
    return passphrase;
  };
}

function maybeAnother(): OtsError {
  return new OtsError('not_found', 'the link is damaged, and under its identifier there is nothing', {
    hint: 'the secret may have another one and still be readable: find the whole link, or burn it where it was shared',
  });
}
