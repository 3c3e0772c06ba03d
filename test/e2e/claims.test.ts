/** A cut-off reveal is not a lost secret, where the server keeps claims; and nobody else gets anything by it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { type Cutter, withCutter } from '../support/cutter.ts';
import { type Person, PROGRAM, partsOf, person, withServer } from '../support/program.ts';

/** Runs `act` with somebody whose link leads through a wire that can be cut. */
function withWire(act: (who: Person, link: string, wire: Cutter) => Promise<void>): Promise<void> {
  return withServer((server) =>
    withCutter(server.url, async (wire) => {
      const who = person(wire.url);
      await act(who, await who.share('worth a claim'), wire);
    }),
  );
}

/** The claims that were sent with reveals. */
function claimsIn(sent: string): string[] {
  return [...sent.matchAll(/"continue":true[^}]*"claim":"([A-Za-z0-9_-]{43})"/g)].map(
    ([, claim]) => claim as string,
  );
}

async function revealAs(url: string, id: string, claim?: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${url}/api/v3/guest/secret/${id}/reveal`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ continue: true, ...(claim && { claim }) }),
  });
  return { status: answer.status, text: await answer.text() };
}

test('an answer lost on its way is asked for again with the same claim, and delivered', () =>
  withWire(async (who, link, wire) => {
    wire.lose(1, 'cut');
    expect(await who.ots(['reveal', link])).toMatchObject({ code: 0, text: 'worth a claim' });
    const claims = claimsIn(wire.sent());
    expect(claims).toHaveLength(2);
    expect(claims[0]).toBe(claims[1]);
    expect(who.recovered()).toEqual([]);
  }));

test('once delivered it is acknowledged: not even the same claim gets it again', () =>
  withWire(async (who, link, wire) => {
    expect(await who.ots(['reveal', link])).toMatchObject({ code: 0, text: 'worth a claim' });
    const [claim] = claimsIn(wire.sent());
    expect(wire.sent()).toContain('/acknowledge');
    const again = await revealAs(wire.url, partsOf(link).id, claim);
    expect(again.status).toBe(404);
    expect(await who.ots(['reveal', link])).toMatchObject({ code: 3, text: '' });
  }));

test('a program killed while it waits for the answer: the next reveal of that link finishes it', () =>
  withWire(async (who, link, wire) => {
    wire.lose(1, 'hold');
    const killed = spawn(process.execPath, [PROGRAM, 'reveal', link], {
      env: who.env,
      cwd: who.folder,
      // Not the null device, which stands for a closed output.
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await wire.lost();
    killed.kill('SIGKILL');
    await once(killed, 'close');
    expect((await who.ots(['status', link])).text).toContain('revealed');
    // Whoever has the link but not the claim is told what everybody is told.
    expect((await revealAs(wire.url, partsOf(link).id)).status).toBe(404);
    expect((await revealAs(wire.url, partsOf(link).id, 'A'.repeat(43))).status).toBe(404);
    expect(await who.ots(['reveal', link])).toMatchObject({ code: 0, text: 'worth a claim' });
    expect(who.recovered().filter((name) => name.endsWith('.claim'))).toEqual([]);
  }));

test('an answer that never comes is reported as not lost yet, and the next try gets it', () =>
  withWire(async (who, link, wire) => {
    wire.lose(5, 'hold');
    const failed = await who.ots(['reveal', link, '--timeout', '1']);
    expect(failed).toMatchObject({ code: 6, text: '' });
    expect(failed.stderr).toMatch(/nothing is lost yet.*within 60 seconds/);
    wire.lose(0, 'cut');
    expect(await who.ots(['reveal', link])).toMatchObject({ code: 0, text: 'worth a claim' });
  }));

test('claims are fresh for each secret and have nothing to do with the link', () =>
  withWire(async (who, link, wire) => {
    await who.ots(['reveal', link]);
    const second = await who.share('another');
    await who.ots(['reveal', second]);
    const claims = claimsIn(wire.sent());
    expect(new Set(claims).size).toBe(2);
    for (const claim of claims) expect(link + second).not.toContain(claim);
  }));

test('a server that announced no claims never sees one', () =>
  withServer((server) =>
    withCutter(server.url, async (wire) => {
      const who = person(wire.url);
      const link = await who.share('for an ordinary server');
      // A dialect named by hand is not probed, so that nothing was announced.
      const blank = person(wire.url);
      expect(await blank.ots(['reveal', link, '--api', 'v3'])).toMatchObject({ code: 0 });
      expect(claimsIn(wire.sent())).toEqual([]);
    }),
  ));
