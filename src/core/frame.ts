/**
 * The frame: the plaintext of an envelope. Metadata, body, zeros.
 *
 *     offset  bytes  what
 *     0       2      m, length of the metadata
 *     2       m      metadata: nothing, or one JSON object
 *     2+m     4      n, length of the body
 *     6+m     n      body, raw or deflated
 *     6+m+n   p      zeros
 *
 * Source: FORMAT.md, "Frame".
 */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { decodeUtf8, readUint, uint16, uint32 } from './bytes.ts';
import { OtsError } from './errors.ts';
import { isMediaType, isSafeFilename } from './filename.ts';
import { MAX_BODY_BYTES, MAX_METADATA_BYTES } from './limits.ts';
import { paddedFrameBytes } from './padding.ts';
import { newerVersion } from './suite.ts';

/** Raw DEFLATE (RFC 1951) of all input; browsers have it as a stream only. */
export type Deflate = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/**
 * Inflates raw DEFLATE into at most `limit` bytes.
 *
 * @returns the output and how many input bytes the stream took
 * @throws anything when the stream is malformed, cut off, or longer than `limit`
 */
export type Inflate = (bytes: Uint8Array, limit: number) => { output: Uint8Array; consumedBytes: number };

export interface FrameMetadata {
  filename?: string | undefined;
  mediaType?: string | undefined;
  encoding?: 'deflate' | undefined;
  /** Length of the body before deflating. */
  size?: number | undefined;
}

/** What a frame held. `dropped` names metadata that was bad and is not used. */
export interface FrameContent {
  body: Uint8Array;
  filename: string | undefined;
  mediaType: string | undefined;
  dropped: ('filename' | 'mediaType')[];
}

/**
 * Encodes and pads a frame.
 *
 * @param body at most 64 MiB; the caller keeps it
 * @returns a fresh buffer of `paddedFrameBytes(6 + metadata + body)` bytes, to be wiped by the caller
 */
export function encodeFrame(metadata: FrameMetadata, body: Uint8Array): Uint8Array {
  const json = JSON.stringify(metadata);
  const metadataBytes = json === '{}' ? new Uint8Array() : utf8ToBytes(json);
  if (metadataBytes.length > MAX_METADATA_BYTES) throw new RangeError('frame metadata over 4,096 bytes');
  if (body.length > MAX_BODY_BYTES) throw new RangeError('frame body over 64 MiB');
  const frame = new Uint8Array(paddedFrameBytes(6 + metadataBytes.length + body.length));
  frame.set(uint16(metadataBytes.length), 0);
  frame.set(metadataBytes, 2);
  frame.set(uint32(body.length), 2 + metadataBytes.length);
  frame.set(body, 6 + metadataBytes.length);
  return frame;
}

/**
 * Decodes a frame of any amount of zero padding.
 *
 * @returns the body in a buffer of its own
 * @throws OtsError `damaged`
 */
export function decodeFrame(frame: Uint8Array, inflate: Inflate): FrameContent {
  if (frame.length < 6) throw damagedFrame('it is too short');
  const metadataLength = readUint(frame, 0, 2);
  if (metadataLength > MAX_METADATA_BYTES || 6 + metadataLength > frame.length)
    throw damagedFrame('its lengths overrun');
  const bodyLength = readUint(frame, 2 + metadataLength, 4);
  const bodyStart = 6 + metadataLength;
  if (bodyLength > MAX_BODY_BYTES || bodyStart + bodyLength > frame.length)
    throw damagedFrame('its lengths overrun');
  if (!frame.subarray(bodyStart + bodyLength).every((byte) => byte === 0))
    throw damagedFrame('its padding is not zero');

  const metadata = decodeMetadata(frame.subarray(2, 2 + metadataLength));
  const stored = frame.subarray(bodyStart, bodyStart + bodyLength);
  const body = decodeBody(metadata, stored, inflate);
  const { filename, mediaType } = metadata;
  const dropped: FrameContent['dropped'] = [];
  if (filename !== undefined && !isSafeFilename(filename)) dropped.push('filename');
  if (mediaType !== undefined && !isMediaType(mediaType)) dropped.push('mediaType');
  return {
    body,
    filename: isSafeFilename(filename) ? filename : undefined,
    mediaType: isMediaType(mediaType) ? mediaType : undefined,
    dropped,
  };
}

/** Reads the JSON object; only own properties count, unknown keys are ignored. */
function decodeMetadata(bytes: Uint8Array): Record<string, unknown> {
  if (bytes.length === 0) return {};
  const text = decodeUtf8(bytes);
  let value: unknown;
  try {
    value = text === undefined ? undefined : JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw damagedFrame('its metadata is malformed');
  // Without a prototype, a lookup of "size" can only find what the sender wrote.
  return Object.assign(Object.create(null) as Record<string, unknown>, value);
}

function decodeBody(metadata: Record<string, unknown>, stored: Uint8Array, inflate: Inflate): Uint8Array {
  const { encoding, size } = metadata;
  if (encoding === undefined) return stored.slice();
  // Raw output of an encoding that this version cannot read would look like a secret and be none.
  if (encoding !== 'deflate') throw newerVersion('secret', 'damaged');
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 1 || size > MAX_BODY_BYTES) {
    throw damagedFrame('its size is malformed');
  }
  let inflated: ReturnType<Inflate>;
  try {
    // One byte more than promised, so that a longer stream shows itself.
    inflated = inflate(stored, size + 1);
  } catch (cause) {
    throw damagedFrame('it cannot be inflated', cause);
  }
  if (inflated.output.length !== size) throw damagedFrame('its inflated size differs');
  if (inflated.consumedBytes !== stored.length) throw damagedFrame('bytes are left after it');
  return inflated.output;
}

function damagedFrame(why: string, cause?: unknown): OtsError {
  return new OtsError('damaged', `the decrypted content is malformed: ${why}`, {
    hint: 'it was not made by a working version of ots; ask the sender to share it again',
    cause,
  });
}
