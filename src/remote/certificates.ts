/** Which certificates a TLS connection trusts. */
import { OtsError } from '../core/errors.ts';

/**
 * All certificates that a connection trusts: the usual ones and the user's.
 *
 * @param caPem one or several, PEM
 * @throws OtsError `usage` when it holds none
 */
export async function trustedCertificates(caPem: string): Promise<string[]> {
  const [tls, { X509Certificate }] = await Promise.all([import('node:tls'), import('node:crypto')]);
  try {
    new X509Certificate(caPem);
  } catch (cause) {
    throw new OtsError('usage', 'the certificate file holds no certificate in PEM form', {
      hint: 'see --ca-file',
      cause,
    });
  }
  // Node 22.15 and later can tell the roots that NODE_EXTRA_CA_CERTS adds; naming `ca` would drop them.
  const { getCACertificates } = tls as { getCACertificates?: (type: string) => string[] };
  return [...(getCACertificates?.('default') ?? tls.rootCertificates), caPem];
}
