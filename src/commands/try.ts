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
    await tell({ ctx, url: server.url, folder, secret });
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

async function tell(story: Story): Promise<void> {
  const { url, secret } = story;
  const { io } = story.ctx;
  const teller = createTeller(io, url);
  await teller.aside(`A server of its own runs at ${url} (ots serve). Nothing leaves this machine.\n`);

  await teller.step('Share a secret: it is encrypted here, and the server gets ciphertext.', 'ots share');
  const link = (await run(story, (sub) => share(sub, undefined, {}), secret)).trim();
  await teller.shows(`${link}\n`);

  await teller.step('Look at it without opening it.', `ots status '${link}'`);
  await teller.shows(await run(story, (sub) => status(sub, [link], {})));

  await teller.step('Reveal it. This spends the one view.', `ots reveal '${link}'`);
  await showRevealed(teller, secret, await runBytes(story, (sub) => reveal(sub, link, {})));

  await teller.step('Reveal it again: it is gone, as it should be.', `ots reveal '${link}'`);
  await expectFailure(
    teller,
    'not_found',
    run(story, (sub) => reveal(sub, link, {})),
  );

  await teller.step('Share another, and burn it unread.', 'ots share');
  const second = (await run(story, (sub) => share(sub, undefined, {}), secret)).trim();
  await teller.shows(`${second}\n`);
  await teller.step('', `ots burn '${second}'`);
  await teller.shows(await run(story, (sub) => burn(sub, [second], {})));

  const passphrase = await randomWords(6);
  await teller.step(`Share one with a passphrase as well (${passphrase}).`, 'ots share --passphrase');
  const third = (
    await run(story, (sub) => share(withPassphrase(sub, passphrase), undefined, {}), secret)
  ).trim();
  await teller.shows(`${third}\n`);
  await teller.step('A wrong passphrase is refused, and spends nothing.', `ots reveal '${third}'`);
  await expectFailure(
    teller,
    'wrong_passphrase',
    run(story, (sub) => reveal(withPassphrase(sub, 'wrong guess'), third, {})),
  );
  await teller.step('The right one opens it.', `ots reveal '${third}'`);
  await showRevealed(
    teller,
    secret,
    await runBytes(story, (sub) => reveal(withPassphrase(sub, passphrase), third, {})),
  );

  await teller.end();
  await teller.aside(
    `\nThat is all of it. Next: ${io.paint.bold('ots share --help')}, or your own server: ${io.paint.bold('ots serve')}\n`,
  );
}

/** How the story is told: as text, or with --json as a row for each step. */
interface Teller {
  /** Begins a step. @param words empty for the next command of the same one */
  step(words: string, command: string): Promise<void>;
  shows(output: string): Promise<void>;
  /** For people, outside of any step. */
  aside(text: string): Promise<void>;
  end(): Promise<void>;
}

function createTeller(io: Streams, url: string): Teller {
  let row: { step: string; command: string; output: string } | undefined;
  const end = async (): Promise<void> => {
    if (row !== undefined) await io.outJson(row);
    row = undefined;
  };
  return {
    end,
    async step(words, command) {
      const typed = command.includes("'") ? command : `${command} --server ${url}`;
      await end();
      if (io.json) row = { step: words, command: typed, output: '' };
      else
        await io.out(`\n${words === '' ? '' : `${io.paint.bold(words)}\n`}${io.paint.cyan(`$ ${typed}`)}\n`);
    },
    async shows(output) {
      if (row !== undefined) row.output += output;
      else await io.out(output);
    },
    async aside(text) {
      if (!io.json) await io.out(text);
    },
  };
}

async function showRevealed(teller: Teller, secret: Uint8Array, revealed: Uint8Array): Promise<void> {
  if (!Buffer.from(revealed).equals(Buffer.from(secret)))
    throw new OtsError('internal', 'what came back is not what was shared');
  const text = decodeUtf8(revealed);
  if (text === undefined || text.includes('\0')) {
    await teller.shows(`(${revealed.length} bytes, the same that went in)\n`);
    return;
  }
  const shown = sanitize(text).text;
  const short =
    shown.length > MAX_SHOWN_CHARACTERS
      ? `${shown.slice(0, MAX_SHOWN_CHARACTERS)}… (${revealed.length} bytes in all)`
      : shown;
  await teller.shows(short.endsWith('\n') ? short : `${short}\n`);
}

async function expectFailure(teller: Teller, code: string, attempt: Promise<string>): Promise<void> {
  const error = await attempt.then(
    () => undefined,
    (caught: unknown) => toOtsError(caught),
  );
  if (error?.code !== code) throw error ?? new OtsError('internal', 'a step that should fail did not');
  await teller.shows(`ots: ${error.message}\n${error.hint === undefined ? '' : `hint: ${error.hint}\n`}`);
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
