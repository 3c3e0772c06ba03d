/** What a signal that ends the program does before. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Has `tidy` run before a signal ends the program; signals that somebody listens to end nothing. @returns undoes it */
export function beforeSignalEnds(tidy: () => void): () => void {
  const mine = SIGNALS.filter((signal) => process.listenerCount(signal) === 0);
  const end = (signal: NodeJS.Signals): void => {
    tidy();
    undo();
    // Somebody who began to listen later decides what comes of it.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  const undo = (): void => {
    for (const signal of mine) process.off(signal, end);
  };
  for (const signal of mine) process.on(signal, end);
  return undo;
}
