/** The options of `ots serve`, declared. */
import type { Command } from 'commander';

/** Adds them to the command. */
export function addServeOptions(command: Command): Command {
  return command
    .option('--host <address>', 'address to bind', '127.0.0.1')
    .option('--port <n>', 'port to bind', '7143')
    .option(
      '--store <where>',
      'memory, sqlite:FILE, redis://…, rediss://… or redis-cluster://HOST:PORT,…',
      'memory',
    )
    .option('--max-store <bytes>', 'what the memory store may take (default: 256M)')
    .option('--public-url <url>', 'the address that links are to have, behind a proxy')
    .option('--account <user>', 'an account; its token from OTS_SERVE_TOKEN, or made and printed once')
    .option('--max-ttl <duration>', 'the longest lifetime of all (default: 365d)')
    .option('--ttl-anonymous <duration>', 'the longest lifetime without an account (default: 7d)')
    .option('--passphrase-min <n>', 'the shortest passphrase, in characters (default: 4)')
    .option('--passphrase-required', 'take no secret without a passphrase')
    .option('--rate <n/min>', 'requests a minute for one network (default: 600/min, 0 for any number)')
    .option('--trust-proxy', 'take the address of a caller from the last X-Forwarded-For')
    .option('--log <kind>', 'each request on standard error: json, text or none (default)');
}
