/** Which proxy the environment names for a server. */
import { getProxyForUrl } from 'proxy-from-env';

/** @returns the proxy's URL, or undefined when the server is reached directly (NO_PROXY applied) */
export function proxyFor(baseUrl: string): string | undefined {
  return getProxyForUrl(baseUrl) || undefined;
}
