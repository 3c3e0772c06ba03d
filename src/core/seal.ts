/**
 * The user's two acts on bytes: seal a secret into text for a server, open text from a server.
 *
 * Source: FORMAT.md, from "Key schedule" to "Text form".
 */
import { clean, randomBytes } from '@noble/hashes/utils.js';
import { ENVELOPE_HEADER_BYTES, matchesKeys, NONCE_BYTES, openEnvelope, sealEnvelope } from './envelope.ts';
import { OtsError } from './errors.ts';
import {
  type Deflate,
  decodeFrame,
  encodeFrame,
  type FrameContent,
  type FrameMetadata,
  type Inflate,
} from './frame.ts';
import { deriveKeys, type KdfOptions, type SecretKeys, wipeKeys } from './keys.ts';
import { MAX_BODY_BYTES } from './limits.ts';
import { paddedFrameBytes } from './padding.ts';
import { preparePassphrase } from './passphrase.ts';
import { isGated, newerVersion, SUITE_GATED, SUITE_KEY, SUITE_PASSPHRASE, type Suite } from './suite.ts';
import {
  encodeTextForm,
  findTextForms,
  hasNewerTextForm,
  textFormLength,
  withBrowserHint,
} from './textform.ts';

export interface SealOptions extends KdfOptions {
  /** 1 byte to 64 MiB; the caller keeps the buffer. */
  body: Uint8Array;
  /** A safe base name (see isSafeFilename). */
  filename?: string | undefined;
  mediaType?: string | undefined;
  /** As typed; makes suite 0x13. */
  passphrase?: string | undefined;
  /** Demand the link's key from whoever reveals. Implied by a passphrase. */
  gated?: boolean | undefined;
  /** Bytes that the text may have; unlimited when no server is involved. */
  maxTextBytes?: number | undefined;
  /** Used only when the text would otherwise exceed the limit, and only if it then fits. */
  deflate?: Deflate | undefined;
  /** Put the hint for people with a browser in front where it fits. Default false. */
  browserHint?: boolean | undefined;
}

export interface Sealed {
  suite: Suite;
  /** 32 bytes. The caller formats the link and wipes it. */
  linkKey: Uint8Array;
  /** The text form, perhaps with the hint in front. */
  text: string;
  /** What the server demands; undefined for suite 0x10. */
  gateToken: string | undefined;
}

/**
 * Encrypts a secret under a fresh link key.
 *
 * @throws OtsError `refused` when it does not fit, `usage` when the passphrase is unfit
 */
export async function sealSecret(options: SealOptions): Promise<Sealed> {
  const suite = options.passphrase !== undefined ? SUITE_PASSPHRASE : options.gated ? SUITE_GATED : SUITE_KEY;
  const prepared = options.passphrase === undefined ? undefined : preparePassphrase(options.passphrase);
  const frame = await packFrame(options);
  // Drawn at once, which takes half the time. The nonce is public: nobody has to wipe it.
  const random = randomBytes(32 + NONCE_BYTES);
  const linkKey = random.subarray(0, 32);
  const keys = await deriveKeys(suite, linkKey, prepared, options);
  const textForm = encodeTextForm(sealEnvelope(keys, random.subarray(32), frame));
  clean(frame);
  if (prepared) clean(prepared);
  wipeKeys(keys);
  return {
    suite,
    linkKey,
    text: options.browserHint ? withBrowserHint(textForm, options.maxTextBytes ?? Infinity) : textForm,
    gateToken: isGated(suite) ? keys.gateToken : undefined,
  };
}

/** Frames the body raw, or deflated when only that fits. */
async function packFrame(options: SealOptions): Promise<Uint8Array> {
  const { body, filename, mediaType, maxTextBytes = Infinity, deflate } = options;
  if (body.length > MAX_BODY_BYTES) throw tooLarge(body.length, `${MAX_BODY_BYTES} bytes`);
  const metadata: FrameMetadata = { filename, mediaType };
  const raw = encodeFrame(metadata, body);
  if (textBytes(raw.length) <= maxTextBytes) return raw;
  clean(raw);
  if (deflate && body.length > 0) {
    const deflated = await deflate(body);
    const packed = encodeFrame({ ...metadata, encoding: 'deflate', size: body.length }, deflated);
    clean(deflated);
    if (textBytes(packed.length) <= maxTextBytes) return packed;
    clean(packed);
  }
  throw tooLarge(
    body.length,
    `about ${maxBodyBytes(maxTextBytes)} bytes, or somewhat more of text that compresses`,
  );
}

/** Characters, all ASCII, of the text form of a frame. */
function textBytes(frameBytes: number): number {
  return textFormLength(ENVELOPE_HEADER_BYTES + frameBytes + 16);
}

/** The largest body that fits uncompressed, without a name, into a server's limit. */
export function maxBodyBytes(maxTextBytes: number): number {
  let low = 0;
  let high = Math.max(0, Math.min(maxTextBytes, MAX_BODY_BYTES));
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (textBytes(paddedFrameBytes(6 + middle)) <= maxTextBytes) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Opens the first text form in a text that was made for these keys.
 *
 * @param text as the server or a file holds it: hints, decoys and wrapped lines are fine
 * @param options `passphraseTested`: the server accepted the gate, so a commitment that differs is damage
 * @throws OtsError `damaged`, or `wrong_passphrase` (offline only)
 */
export function openSecret(
  text: string,
  keys: SecretKeys,
  options: { inflate: Inflate; passphraseTested: boolean },
): FrameContent {
  const candidates = findTextForms(text);
  const envelope = candidates.find((candidate) => matchesKeys(candidate, keys));
  if (envelope === undefined) throw noMatch(text, candidates, keys.suite, options.passphraseTested);
  const frame = openEnvelope(keys, envelope);
  try {
    return decodeFrame(frame, options.inflate);
  } finally {
    clean(frame);
  }
}

function noMatch(text: string, candidates: Uint8Array[], suite: Suite, passphraseTested: boolean): OtsError {
  if (candidates.length === 0) {
    return hasNewerTextForm(text)
      ? newerVersion('secret', 'damaged')
      : new OtsError('damaged', 'there is no encrypted text to open', {
          hint: 'the whole text is needed, from ots1. to its final dot',
        });
  }
  if (
    suite === SUITE_PASSPHRASE &&
    !passphraseTested &&
    candidates.some((candidate) => candidate[0] === suite)
  ) {
    return new OtsError('wrong_passphrase', 'the passphrase is wrong, or the link belongs to another secret');
  }
  return new OtsError('damaged', 'this encrypted text was not made for this link, or it was changed', {
    hint: 'compare link and text with what the sender has',
  });
}

function tooLarge(sizeBytes: number, fits: string): OtsError {
  return new OtsError(
    'refused',
    `the secret has ${sizeBytes} bytes, more than the server takes once it is encrypted`,
    {
      hint: `what fits: ${fits} (--max-size if the server is known to take more)`,
    },
  );
}
