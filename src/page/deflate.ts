/** Deflation for the start page: apart from inflation, whose library is larger and not needed there. */
import { deflateSync } from 'fflate';
import type { Deflate } from '../core/index.ts';

/** Raw DEFLATE at the best level: it runs only when a secret would not fit otherwise. */
export const portableDeflate: Deflate = (bytes) => deflateSync(bytes, { level: 9 });
