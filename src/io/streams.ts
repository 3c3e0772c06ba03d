/**
 * Standard streams as one object: stdout carries the result and nothing else, stderr what a person reads.
 *
 * Writes are awaited until the operating system has taken them, because a secret counts as delivered only then.
 */
import { fstatSync } from 'node:fs';
import { OtsError } from '../core/index.ts';
import { type Painter, painter } from './color.ts';
import { isClosed } from './descriptors.ts';
import { beforeSignalEnds } from './signals.ts';

export interface StreamOptions {
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  stderr: NodeJS.WritableStream & { isTTY?: boolean; columns?: number; rows?: number };
}

const ERASE_LINE = '\r\u001b[2K';
/** The alternate screen, which leaves nothing in the history; cleared for terminals that have none. */
const PAGE = { open: '\u001b[?1049h\u001b[H\u001b[2J', close: '\u001b[H\u001b[2J\u001b[?1049l' };

/** Whoever read standard output has had enough, as `head` has. Where that loses something, another error says so. */
export class ReaderGone extends OtsError {}

export class Streams {
  readonly #streams: StreamOptions;
  /** What stands on the terminal's last line until something else does. */
  #progress: string | undefined;
  /** False where the terminal knows no cursor movements (TERM=dumb). */
  canErase = true;
  /** Silences stderr but for errors. */
  quiet = false;
  /** One JSON object on stdout. */
  json = false;
  /** False: nothing waits for an answer (--no-input, --json, CI, no terminal). */
  interactive = false;
  /** Colours for stderr and for tables on stdout. */
  paint: Painter = painter(0);

  constructor(streams: StreamOptions) {
    this.#streams = streams;
    // Without a listener a broken pipe would crash before the failed write is reported to whoever awaits it.
    streams.stdout.on('error', () => undefined);
    streams.stderr.on('error', () => undefined);
  }

  get stdinIsTerminal(): boolean {
    return this.#streams.stdin.isTTY === true;
  }

  get stdoutIsTerminal(): boolean {
    return this.#streams.stdout.isTTY === true;
  }

  get stderrIsTerminal(): boolean {
    return this.#streams.stderr.isTTY === true;
  }

  /** Columns of the terminal behind stdout, 80 where there is none. */
  get columns(): number {
    return this.#streams.stdout.columns ?? 80;
  }

  /** The terminal behind stderr, in characters; undefined without one. */
  get stderrSize(): { columns: number; rows: number } | undefined {
    const { isTTY, columns, rows } = this.#streams.stderr;
    return isTTY && columns && rows ? { columns, rows } : undefined;
  }

  /** Whether stdout was closed before the program began: nobody gets what is written there. */
  get stdoutIsClosed(): boolean {
    return isClosed(this.#streams.stdout);
  }

  /** The same of stderr. */
  get stderrIsClosed(): boolean {
    return isClosed(this.#streams.stderr);
  }

  /** From now on a slow reader of stdout keeps nobody from hearing signals; every write must be awaited. */
  unblockStdout(): void {
    // Node's writes to pipes do not return until the reader has taken all. It restores the descriptor when it exits.
    const { _handle: handle } = this.#streams.stdout as {
      _handle?: { setBlocking?: (on: boolean) => unknown };
    };
    if (!this.stdoutIsTerminal) handle?.setBlocking?.(false);
  }

  /**
   * Writes to stderr what exists nowhere else, or to stdout when that fails.
   *
   * @returns whether it was taken
   */
  async lastResort(text: string): Promise<boolean> {
    for (const stream of [this.#streams.stderr, this.#streams.stdout]) {
      const taken = await write(stream, text).then(
        () => true,
        () => false,
      );
      if (taken) return true;
    }
    return false;
  }

  /** Writes to stdout. @throws OtsError `undelivered` when the reader has gone or the disk is full */
  async out(data: string | Uint8Array): Promise<void> {
    this.progress(undefined);
    await write(this.#streams.stdout, data).catch((cause: unknown) => {
      const gone = (cause as NodeJS.ErrnoException).code === 'EPIPE';
      throw new (gone ? ReaderGone : OtsError)('undelivered', 'standard output could not be written', {
        cause,
      });
    });
  }

  /** Writes one JSON object and a newline to stdout. */
  async outJson(value: object): Promise<void> {
    await this.out(`${JSON.stringify(value)}\n`);
  }

  /** A line for a person: progress, what to do next. Nothing depends on its arrival. */
  note(line: string): void {
    if (this.quiet) return;
    this.progress(undefined);
    this.#streams.stderr.write(`${line}\n`);
  }

  /** A line for a person only when a person is there to read it. */
  noteOnTerminal(line: string): void {
    if (this.stderrIsTerminal) this.note(line);
  }

  warn(line: string): void {
    this.note(`${this.paint.yellow('warning:')} ${line}`);
  }

  /** Writes to stderr even when quiet: errors, and what is known elsewhere too. */
  async err(text: string): Promise<void> {
    await this.errResult(text).catch(() => undefined);
  }

  /** Writes a result to stderr: a key or passphrase made here, which exists nowhere else. @throws OtsError `undelivered` */
  async errResult(text: string): Promise<void> {
    this.progress(undefined);
    await write(this.#streams.stderr, text).catch((cause: unknown) => {
      throw new OtsError('undelivered', 'standard error could not be written', { cause });
    });
  }

  /** Whether anybody sees what {@link progress} draws. */
  get showsProgress(): boolean {
    return this.stderrIsTerminal && this.canErase && !this.quiet && !this.json;
  }

  /** Draws a line without a newline in place of the last one, cut to fit; undefined erases it, as any other text does. */
  progress(line: string | undefined): void {
    if (line === undefined && this.#progress === undefined) return;
    if (line !== undefined && !this.showsProgress) return;
    this.#progress = line;
    const room = (this.stderrSize?.columns ?? 80) - 1;
    const shown = line === undefined ? '' : this.paint.dim([...line].slice(0, room).join(''));
    this.#streams.stderr.write(ERASE_LINE + shown);
  }

  /** Shows a text on a page of its own over the terminal, until `act` is done: nothing of it remains in the history. */
  async onPage(text: string, act: () => Promise<void>): Promise<void> {
    const { stderr } = this.#streams;
    const undo = beforeSignalEnds(() => stderr.write(PAGE.close));
    stderr.write(`${PAGE.open}${text}\n`);
    try {
      await act();
    } finally {
      stderr.write(PAGE.close);
      undo();
    }
  }

  /**
   * Reads standard input to its end, however slow.
   *
   * @param limitBytes reading stops beyond this; the result is then longer than the limit
   * @param patienceMs how long to wait for the first byte; without end unless given
   */
  async readAll(limitBytes: number, patienceMs?: number): Promise<Uint8Array> {
    const chunks: Buffer[] = [];
    let length = 0;
    if (patienceMs !== undefined && !(await this.#hasInput(patienceMs))) return new Uint8Array();
    try {
      for await (const chunk of this.#streams.stdin) {
        const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
        chunks.push(bytes);
        length += bytes.length;
        if (length > limitBytes) break;
      }
    } catch (cause) {
      throw new OtsError('usage', 'standard input cannot be read', {
        hint: 'pipe the secret in, or name a file',
        cause,
      });
    }
    return Buffer.concat(chunks, length);
  }

  /** Standard input as it comes. @throws OtsError `usage` when it cannot be read */
  async *chunks(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.#streams.stdin) {
        yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      }
    } catch (cause) {
      throw new OtsError('usage', 'standard input cannot be read', {
        hint: 'pipe the secrets in, or name a file',
        cause,
      });
    }
  }

  /** Whether stdout writes to that file, by the system's numbers of it. */
  writesTo({ dev, ino }: { dev: number; ino: number }): boolean {
    const { fd } = this.#streams.stdout as { fd?: number };
    if (fd === undefined) return false;
    try {
      const own = fstatSync(fd);
      return own.isFile() && own.dev === dev && own.ino === ino;
    } catch {
      return false;
    }
  }

  /** Whether standard input has bytes or ends within the time. */
  #hasInput(patienceMs: number): Promise<boolean> {
    const { stdin } = this.#streams;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), patienceMs);
      const settle = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      for (const event of ['readable', 'end', 'error']) stdin.once(event, settle);
    });
  }
}

function write(stream: NodeJS.WritableStream, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(data, (error) => (error ? reject(error) : resolve()));
  });
}
