/** Flags that several commands share, declared once. */
import type { Command } from 'commander';

export function addInputOptions(command: Command): void {
  command
    .optionsGroup('Where the secret comes from:')
    .option('--edit', 'write it in an editor ($VISUAL, $EDITOR)')
    .option('--paste', 'take it from the clipboard')
    .option('--env <name>', "take an environment variable's value")
    .option('--trim', 'drop one final newline')
    .option('--name <file>', 'the name inside the envelope')
    .option('--no-name', 'no name inside the envelope');
}

export function addNewPassphraseOptions(command: Command): void {
  addPassphraseOptions(command);
  command
    .option('--generate-passphrase', 'make one of words')
    .option('--passphrase-words <n>', 'how many words (default: 6)');
}

export function addPublishOptions(command: Command): void {
  addNewPassphraseOptions(command);
  command
    .optionsGroup('Lifetime and readers:')
    .option('-t, --ttl <duration>', 'lifetime: 90s, 30m, 12h, 7d (default), 2w, 1d12h')
    .option('--strict-ttl', 'burn and fail when the server grants another lifetime')
    .option('--count <n>', 'links for so many readers of one secret')
    .option('--here', 'serve it from this machine, on the local network, until it was opened')
    .option('--gate', "demand the link's key from whoever reveals")
    .option('--plain', 'let the server encrypt, for readers with only a browser')
    .option('--to <email>', 'let the server mail the link (with --plain and an account)')
    .option('--domain <name>', 'custom domain of the link')
    .option('--label <text>', 'a name in your own list')
    .option('--no-receipt', 'keep no local record');
  addMaskOption(command);
}

export function addMaskOption(command: Command): void {
  command.option('--mask <runner>', "hide the result in a CI job's log: github, none");
}

/** What becomes of a link beside being printed. */
export function addHandOptions(command: Command): void {
  command
    .optionsGroup('The link:')
    .option('-c, --copy', 'the link to the clipboard as well')
    .option('--qr', 'draw the link as a QR code');
}

/** What `share` takes for many secrets at once. */
export function addEachOptions(command: Command): void {
  command
    .optionsGroup('Many secrets:')
    .option('--each <form>', 'every record a secret of its own: lines, csv or ndjson')
    .option('--column <name>', 'the column of secrets, with --each csv')
    .option('--field <name>', 'the field of secrets, with --each ndjson')
    .option('--passphrase-column <name>', 'where a record has its passphrase')
    .option('--ttl-column <name>', 'where a record has its lifetime')
    .option('--label-column <name>', 'where a record has its label')
    .option('--jobs <n>', 'records at a time (default: 16)')
    .option('--resume <file>', 'an earlier output: do only what has no link in it');
}

export function addPassphraseOptions(command: Command): void {
  command
    .optionsGroup('Passphrase:')
    .option('-p, --passphrase', 'ask for a passphrase')
    .option('--passphrase-file <file>', 'read the passphrase from a file');
}

export function addOutputOptions(command: Command): void {
  command
    .optionsGroup('Where it goes:')
    .option('-o, --output <file>', 'write to a file (0600)')
    .option('-O, --remote-name', 'use the name inside the envelope')
    .option('-f, --force', 'overwrite');
}

/** What `serve` takes. */
export function addServeOptions(command: Command): Command {
  return command
    .option('--host <address>', 'address to bind', '127.0.0.1')
    .option('--port <n>', 'port to bind', '7143')
    .option(
      '--store <where>',
      'memory (default), sqlite:FILE, redis://…, rediss://… or redis-cluster://HOST:PORT,…',
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
