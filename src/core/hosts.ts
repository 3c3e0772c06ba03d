/** Hosts that are this machine, by name. */

/** Whether a host never leaves this machine. @param hostname as URL spells it: lower case, IPv6 in brackets */
export function isLoopbackHost(hostname: string): boolean {
  return /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}
