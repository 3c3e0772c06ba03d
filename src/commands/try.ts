/**
 * `ots try`: the whole story on an embedded server, with the reader's own secret when one is piped in. Every step runs
 * the real command and shows what a user would type.
 */
import { fstatSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { decodeUtf8 } from '../core/bytes.ts';
import { OtsError } from '../core/index.ts';
import { toOtsError } from '../io/report.ts';
import { sanitize } from '../io/sanitize.ts';
import { Streams } from '../io/streams.ts';
import { startServer } from '../server/listen.ts';
import { burn } from './burn.ts';
import type { Context } from './context.ts';
import { randomWords } from './passphrase.ts';
import { reveal } from './reveal.ts';
import { share } from './share.ts';
import { status } from './status.ts';

const SAMPLE = 'correct horse battery staple';
const MAX_SHOWN_CHARACTERS = 400;
const MAX_SECRET_BYTES = 7000;
const SOCKET_PATIENCE_MS = 1500;

export async function tryOut(ctx: Context): Promise<void> {
  const secret = await ownSecret(ctx);
  const server = await startServer({ port: 0, now: ctx.now });
  const folder = mkdtempSync(join(tmpdir(), 'ots-try-'));
  try {
    await tell(ctx, { ctx, url: server.url, folder, secret });
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Story {
  ctx: Context;
  url: string;
  folder: string;
  secret: Uint8Array;
}

async function tell(ctx: Context, story: Story): Promise<void> {
  const { io } = ctx;
  const { url, secret } = story;
  await io.out(`A server of its own runs at ${url} (ots serve). Nothing leaves this machine.\n`);

  await step(
    ctx,
    'Share a secret: it is encrypted here, and the server gets ciphertext.',
    'ots share',
    story,
  );
  const link = (await run(story, (sub) => share(sub, undefined, {}), secret)).trim();
  await io.out(`${link}\n`);

  await step(ctx, 'Look at it without opening it.', `ots status '${link}'`, story);
  await io.out(await run(story, (sub) => status(sub, [link], {})));

  await step(ctx, 'Reveal it. This spends the one view.', `ots reveal '${link}'`, story);
  await showRevealed(ctx, secret, await runBytes(story, (sub) => reveal(sub, link, {})));

  await step(ctx, 'Reveal it again: it is gone, as it should be.', `ots reveal '${link}'`, story);
  await expectFailure(
    ctx,
    'not_found',
    run(story, (sub) => reveal(sub, link, {})),
  );

  await step(ctx, 'Share another, and burn it unread.', 'ots share', story);
  const second = (await run(story, (sub) => share(sub, undefined, {}), secret)).trim();
  await io.out(`${second}\n`);
  await step(ctx, '', `ots burn '${second}'`, story);
  await io.out(await run(story, (sub) => burn(sub, [second], {})));

  const passphrase = await randomWords(6);
  await step(ctx, `Share one with a passphrase as well (${passphrase}).`, 'ots share --passphrase', story);
  const third = (
    await run(story, (sub) => share(withPassphrase(sub, passphrase), undefined, {}), secret)
  ).trim();
  await io.out(`${third}\n`);
  await step(ctx, 'A wrong passphrase is refused, and spends nothing.', `ots reveal '${third}'`, story);
  await expectFailure(
    ctx,
    'wrong_passphrase',
    run(story, (sub) => reveal(withPassphrase(sub, 'wrong guess'), third, {})),
  );
  await step(ctx, 'The right one opens it.', `ots reveal '${third}'`, story);
  await showRevealed(
    ctx,
    secret,
    await runBytes(story, (sub) => reveal(withPassphrase(sub, passphrase), third, {})),
  );

  await io.out(
    `\nThat is all of it. Next: ${io.paint.bold('ots share --help')}, or your own server: ${io.paint.bold('ots serve')}\n`,
  );
}

async function step(ctx: Context, words: string, command: string, { url }: Story): Promise<void> {
  const { io } = ctx;
  const typed = command.includes("'") ? command : `${command} --server ${url}`;
  await io.out(`\n${words === '' ? '' : `${io.paint.bold(words)}\n`}${io.paint.cyan(`$ ${typed}`)}\n`);
}

async function showRevealed(ctx: Context, secret: Uint8Array, revealed: Uint8Array): Promise<void> {
  if (!Buffer.from(revealed).equals(Buffer.from(secret)))
    throw new OtsError('internal', 'what came back is not what was shared');
  const text = decodeUtf8(revealed);
  if (text === undefined || text.includes('\0')) {
    await ctx.io.out(`(${revealed.length} bytes, the same that went in)\n`);
    return;
  }
  const shown = sanitize(text).text;
  const short =
    shown.length > MAX_SHOWN_CHARACTERS
      ? `${shown.slice(0, MAX_SHOWN_CHARACTERS)}… (${revealed.length} bytes in all)`
      : shown;
  await ctx.io.out(short.endsWith('\n') ? short : `${short}\n`);
}

async function expectFailure(ctx: Context, code: string, attempt: Promise<string>): Promise<void> {
  const error = await attempt.then(
    () => undefined,
    (caught: unknown) => toOtsError(caught),
  );
  if (error?.code !== code) throw error ?? new OtsError('internal', 'a step that should fail did not');
  await ctx.io.out(`ots: ${error.message}\n${error.hint === undefined ? '' : `hint: ${error.hint}\n`}`);
}

async function run(
  story: Story,
  command: (sub: Context) => Promise<unknown>,
  stdin?: Uint8Array,
): Promise<string> {
  return Buffer.from(await runBytes(story, command, stdin)).toString();
}

/** Runs a command as if typed: its own streams, its own folders, the story's server. @returns its stdout */
async function runBytes(
  { ctx, url, folder }: Story,
  command: (sub: Context) => Promise<unknown>,
  stdin: Uint8Array = new Uint8Array(),
): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  const collect = (into: Buffer[]): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        // A copy: commands wipe what they have written.
        into.push(Buffer.from(chunk));
        done();
      },
    });
  const io = new Streams({
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout: collect(chunks),
    stderr: collect([]),
  });
  const paths = {
    config: join(folder, 'config'),
    state: join(folder, 'state'),
    cache: join(folder, 'cache'),
  };
  await command({ ...ctx, io, paths, cwd: folder, env: { OTS_SERVER: url }, proxyFor: () => undefined });
  return Buffer.concat(chunks);
}

function withPassphrase(sub: Context, passphrase: string): Context {
  return { ...sub, env: { ...sub.env, OTS_PASSPHRASE: passphrase } };
}

/** The reader's own secret when one is piped in, else a sample. */
async function ownSecret(ctx: Context): Promise<Uint8Array> {
  const body = ctx.io.stdinIsTerminal
    ? new Uint8Array()
    : await ctx.io.readAll(MAX_SECRET_BYTES, patienceMs());
  if (body.length > MAX_SECRET_BYTES) {
    throw new OtsError('refused', `for trying out, up to ${MAX_SECRET_BYTES} bytes`, {
      hint: 'or use: ots share',
    });
  }
  return body.length > 0 ? body : Buffer.from(SAMPLE);
}

/** A shell's pipe is read to its end. Programs that start this one often leave a silent socket there instead. */
function patienceMs(): number | undefined {
  try {
    const stats = fstatSync(0);
    return stats.isFIFO() || stats.isFile() ? undefined : SOCKET_PATIENCE_MS;
  } catch {
    return SOCKET_PATIENCE_MS;
  }
}
