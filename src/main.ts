/**
 * The composition root: real streams and dependencies, one run of the program, and the only place that exits.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from './cli.ts';
import type { Context, SignalHold } from './commands/context.ts';
import { EXIT_CODES, OtsError } from './core/errors.ts';
import { colorLevel, painter } from './io/color.ts';
import { reportError, toOtsError } from './io/report.ts';
import { ReaderGone, Streams } from './io/streams.ts';
import { findPaths } from './local/paths.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const IMPATIENT = 3;

/** Keeps signals from ending the program; the third one does, or an earlier one that is said to. */
function holdSignals(io: Streams, onFirst: () => void, impatient = IMPATIENT): SignalHold {
  let received: string | undefined;
  let count = 0;
  let interrupt: ((error: OtsError) => void) | undefined;
  let lastAct = (): void => undefined;
  const listener = (signal: string): void => {
    count++;
    received ??= signal;
    if (interrupt !== undefined) interrupt(interruptedBy(signal));
    else if (count === 1) onFirst();
    if (count > 1 && count === impatient - 1) io.note('ots: heard again; once more ends at once');
    if (count < impatient) return;
    lastAct();
    process.exit(EXIT_CODES.interrupted);
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return {
    get received() {
      return received;
    },
    orInterrupted: (work) =>
      new Promise((resolve, reject) => {
        if (received !== undefined) {
          reject(interruptedBy(received));
          return;
        }
        interrupt = reject;
        const over = (): void => {
          interrupt = undefined;
        };
        work().finally(over).then(resolve, reject);
      }),
    beforeForcedExit: (act) => {
      lastAct = act;
    },
    release: () => {
      for (const signal of SIGNALS) process.off(signal, listener);
    },
  };
}

function interruptedBy(signal: string): OtsError {
  return new OtsError('interrupted', `interrupted by ${signal}`);
}

function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.once(signal, () => resolve());
  });
}

/**
 * Runs the program and exits.
 *
 * @param version the package's, as the launcher read it
 * @param dist the folder of what was built, where the bundle itself cannot look: it runs without a path of its own
 */
export async function main(argv: string[], version: string, dist: string): Promise<never> {
  const io = new Streams(process);
  const env = { ...process.env };
  // Programs that this one starts (an editor, those of the clipboard) inherit what is left.
  for (const name of ['OTS_TOKEN', 'OTS_PASSPHRASE', 'OTS_SERVE_TOKEN']) delete process.env[name];
  const debug = Boolean(env['OTS_DEBUG']);
  io.paint = painter(colorLevel('auto', env, io.stderrIsTerminal));
  io.canErase = env['TERM'] !== 'dumb';
  const fail = async (thrown: unknown): Promise<number> => {
    const error = toOtsError(thrown);
    // Ends quietly, as programs do that a closed pipe kills; nothing was lost.
    if (!(error instanceof ReaderGone)) await reportError(io, error, debug);
    return EXIT_CODES[error.code];
  };
  process.on('uncaughtException', (thrown) => void fail(thrown).then((code) => process.exit(code)));
  const ctx: Context = {
    io,
    env,
    cwd: workingFolder(),
    paths: findPaths(env, process.platform),
    version,
    self: [process.execPath, join(dist, '..', 'bin', 'ots.js')],
    assets: assetsIn(dist),
    now: Date.now,
    proxyFor: await proxies(env),
    holdSignals: (onFirst, impatient) => holdSignals(io, onFirst, impatient),
    untilStopped,
  };
  // Everything written was awaited; waiting for idle sockets and compilers would only make the prompt come later.
  process.exit(await runCli(argv, ctx).catch(fail));
}

/** Also when it was removed meanwhile: what needs it then says that it does not exist. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    return process.env['PWD'] ?? '/';
  }
}

function assetsIn(folder: string): Context['assets'] {
  return (path) => {
    try {
      return readFileSync(join(folder, path));
    } catch {
      return undefined;
    }
  };
}

/** The library loads only where the environment names a proxy at all. */
async function proxies(env: NodeJS.ProcessEnv): Promise<Context['proxyFor']> {
  if (!Object.keys(env).some((name) => /^(?:https?|all)_proxy$/i.test(name))) return () => undefined;
  return (await import('./io/proxy.ts')).proxyFor;
}
