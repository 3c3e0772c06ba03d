/** Two servers, each a process of its own, over one SQLite file: each secret is handed out once between them. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolder } from '../support/program.ts';
import { revealText, serveProcess, shareText } from '../support/serve.ts';

const ROUNDS = 25;

test('of simultaneous reveals through both exactly one wins, and both know of all that happened', async () => {
  const store = `sqlite:${join(scratchFolder(), 'shared.db')}`;
  const servers = await Promise.all([1, 2].map(() => serveProcess(['--store', store, '--rate', '0'])));
  const urls = servers.map(({ url }) => url);
  for (let round = 0; round < ROUNDS; round++) {
    const text = `secret ${round}`;
    const id = (await shareText(urls[round % 2] ?? '', text)) ?? '';
    expect(id).not.toBe('');
    const callers = [...urls, ...urls, ...urls];
    const answers = await Promise.all(callers.map((url) => revealText(url, id)));
    expect(answers.filter((answer) => answer !== 'gone')).toEqual([{ text }]);
  }
  // Many at once, written through both: none is refused, none is lost.
  const ids = await Promise.all(
    Array.from({ length: 60 }, (_, index) => shareText(urls[index % 2] ?? '', `text ${index}`)),
  );
  const read = await Promise.all(ids.map((id, index) => revealText(urls[(index + 1) % 2] ?? '', id ?? '')));
  expect(read).toEqual(ids.map((_, index) => ({ text: `text ${index}` })));
  for (const server of servers) {
    expect(await server.stop()).toBe(0);
    expect(server.errors()).toBe('');
  }
});
