/** `share --here`: a server of its own for one secret, which says how it ended. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { type Person, PROGRAM, person } from '../support/program.ts';

/** Shares from here, and hands the link to `act`. @returns exit code and what was said */
async function here(
  act: (link: string, stop: () => void) => Promise<unknown>,
  command = 'share',
): Promise<{ code: number; said: string }> {
  const sender = person();
  const child = spawn(process.execPath, [PROGRAM, command, '--here'], {
    env: sender.env,
    cwd: sender.folder,
  });
  let said = '';
  child.stderr.on('data', (data) => {
    said += data;
  });
  child.stdin.end('from my machine');
  const ended = once(child, 'close');
  const [link] = await once(child.stdout, 'data');
  await act(String(link).trim(), () => child.kill('SIGTERM'));
  const [code] = await ended;
  return { code, said };
}

function reader(): Person {
  return person();
}

test('ends with success once somebody has the secret, and draws the link for a camera', async () => {
  const { code, said } = await here(async (link) => {
    expect(await reader().ots(['reveal', link])).toMatchObject({ code: 0, text: 'from my machine' });
  });
  expect(code).toBe(0);
  expect(said).toContain('revealed');
  expect(said).toContain('█');
});

test('a browser gets the page that decrypts, and looking spends nothing', async () => {
  const { code } = await here(async (link) => {
    const page = await fetch(link);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('<script');
    expect(await reader().ots(['reveal', link])).toMatchObject({ code: 0, text: 'from my machine' });
  });
  expect(code).toBe(0);
});

test('stopped before anybody came, it says that the secret is gone', async () => {
  const { code, said } = await here(async (_, stop) => stop());
  expect(code).toBe(130);
  expect(said).toContain('unread');
});

test('excludes a server by name', async () => {
  const refused = await reader().ots(['share', '--here', '--region', 'eu'], { stdin: 'x' });
  expect(refused).toMatchObject({ code: 2, text: '' });
});

test('generate --here serves the value it made', async () => {
  const { code } = await here(async (link) => {
    expect((await reader().ots(['reveal', link])).text).toMatch(/^[0-9A-Za-z]{24}$/);
  }, 'generate');
  expect(code).toBe(0);
});
