/** A display of its own with nobody in front of it, and its clipboard. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Display {
  /** For DISPLAY. */
  name: string;
  /** What its clipboard holds, as another program sees it. */
  clipboard(): string;
  /** Copies, as another program would. */
  copy(text: string): void;
  stop(): Promise<void>;
}

export async function startDisplay(): Promise<Display> {
  // It finds a free number, and writes it to the descriptor when it is ready.
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '320x240x8', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const failed = once(server, 'error').then(([error]) => Promise.reject(error));
  const [number] = await Promise.race([once(server.stdio[3]!, 'data'), failed]);
  failed.catch(() => undefined);
  const name = `:${String(number).trim()}`;
  const xsel = (mode: string, input = ''): string =>
    execFileSync('xsel', ['--clipboard', mode], {
      input,
      env: { ...process.env, DISPLAY: name },
      stdio: ['pipe', mode === '--output' ? 'pipe' : 'ignore', 'ignore'],
    })?.toString();
  return {
    name,
    clipboard: () => xsel('--output'),
    copy: (text) => void xsel('--input', text),
    async stop() {
      const gone = once(server, 'exit');
      server.kill();
      await gone;
    },
  };
}
