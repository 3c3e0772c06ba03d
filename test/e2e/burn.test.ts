/** `ots burn` and `ots status`: what is known of a target decides how it is destroyed, and what can be told of it. */
import { expect, test } from 'vitest';
import { plantText } from '../support/hostile.ts';
import { type Person, partsOf, person, type TestServer, withServer } from '../support/program.ts';

function withPerson(act: (who: Person, server: TestServer) => Promise<void>): Promise<void> {
  return withServer((server) => act(person(server.url), server));
}

/** Shares; returns everything that is known of it. */
async function shared(who: Person, args: string[] = [], env: Record<string, string> = {}) {
  const { rows } = await who.ots(['share', '--json', ...args], { stdin: 'x', env });
  return rows[0] as { link: string; receipt_id: string; secret_id: string };
}

test('a secret link burns by the receipt that this machine kept', () =>
  withPerson(async (who, server) => {
    const { link, secret_id, receipt_id } = await shared(who);
    const burned = await who.ots(['burn', link, '--json']);
    expect(burned).toMatchObject({ code: 0, stderr: '' });
    expect(burned.rows).toEqual([
      {
        target: partsOf(link).path,
        secret_id,
        receipt_id,
        server: server.url,
        result: 'burned',
        how: 'list',
      },
    ]);
    expect(server.reveals()).toBe(0);
    expect((await who.ots(['burn', link])).text).toMatch(/^gone\tlist\t/);
    expect(await who.ots(['reveal', link])).toMatchObject({ code: 3, text: '' });
  }));

test('a receipt burns without the list: as a link and as an identifier', () =>
  withPerson(async (who, server) => {
    for (const target of ['link', 'identifier']) {
      const { receipt_id, link } = await shared(who);
      const given = target === 'link' ? `${server.url}/receipt/${receipt_id}` : receipt_id;
      const [row] = (await person(server.url).ots(['burn', given, '--json'])).rows;
      expect(row).toMatchObject({ result: 'burned', how: 'receipt', receipt_id });
      expect(server.reveals()).toBe(0);
      expect((await who.ots(['status', link])).text).toMatch(/^burned\t/);
    }
  }));

test('a gated secret and one with a passphrase burn where they were shared, without the passphrase', () =>
  withPerson(async (who) => {
    const gated = await shared(who, ['--gate']);
    const locked = await shared(who, [], { OTS_PASSPHRASE: 'a passphrase' });
    const burned = await who.ots(['burn', '--yes', '--json', gated.link, locked.receipt_id]);
    expect(burned.rows.map(({ result }) => result)).toEqual(['burned', 'burned']);
  }));

test('without a receipt the one view is spent unseen, unless --no-spend', () =>
  withPerson(async (who, server) => {
    const finder = person();
    const { link } = await shared(who);
    const kept = await finder.ots(['burn', '--no-spend', link]);
    expect(kept.code).toBe(10);
    expect(kept.text).toMatch(/^refused\t/);
    expect(kept.stderr).toMatch(/--no-spend/);
    const spent = await finder.ots(['burn', link]);
    expect(spent).toMatchObject({ code: 0, stderr: '' });
    expect(spent.text).toMatch(/^spent\tspend\t\S+\n$/);
    expect(server.reveals()).toBe(1);
    expect((await finder.ots(['burn', link])).text).toMatch(/^gone\t/);
    const gated = await shared(who, ['--gate']);
    expect((await finder.ots(['burn', gated.link])).text).toMatch(/^spent\t/);
  }));

test('a passphrase-protected link whose receipt is unknown is its owner’s to destroy', () =>
  withPerson(async (who) => {
    const env = { OTS_PASSPHRASE: 'a passphrase' };
    const { link } = await shared(who, [], env);
    const finder = person();
    const refused = await finder.ots(['burn', link, '--json']);
    expect(refused.code).toBe(10);
    expect(refused.rows).toMatchObject([{ result: 'refused', how: 'spend', error: { code: 'refused' } }]);
    const wrong = await finder.ots(['burn', link, '--json'], { env: { OTS_PASSPHRASE: 'wrong one' } });
    expect(wrong.code).toBe(10);
    expect(wrong.rows).toMatchObject([{ result: 'refused', error: { code: 'wrong_passphrase' } }]);
    expect((await finder.ots(['burn', link], { env })).text).toMatch(/^spent\t/);
  }));

test('an ordinary link on a host that is unknown here is not contacted, unless --any-host', () =>
  withPerson(async (_, server) => {
    const { link } = await plantText(server.url, 'x');
    const before = server.asked.length;
    const finder = person();
    const refused = await finder.ots(['burn', link, '--json']);
    expect(refused.code).toBe(10);
    expect(refused.rows).toMatchObject([{ result: 'unknown_host', how: null }]);
    expect(server.asked.length).toBe(before);
    expect((await finder.ots(['burn', link, '--any-host'])).text).toMatch(/^spent\t/);
    const other = await plantText(server.url, 'y');
    expect((await person(server.url).ots(['burn', other.link])).text).toMatch(/^spent\t/);
  }));

test('--dry-run says what would be done and sends nothing', () =>
  withPerson(async (who, server) => {
    const { link } = await shared(who);
    const before = server.asked.length;
    const dry = await who.ots(['burn', '--dry-run', link]);
    expect(dry).toMatchObject({ code: 0 });
    expect(dry.text).toMatch(/^would be burned\tlist\t/);
    expect((await person(server.url).ots(['burn', '--dry-run', link])).text).toMatch(/^would be spent\t/);
    expect(server.asked.length).toBe(before);
    expect((await who.ots(['reveal', link])).text).toBe('x');
  }));

test('several need --yes without a terminal; a label names them', () =>
  withPerson(async (who) => {
    const one = await shared(who, ['--label', 'deploy']);
    await shared(who, ['--label', 'deploy']);
    const other = await shared(who, ['--label', 'other']);
    for (const args of [
      ['burn', one.link, other.link],
      ['burn', '--label', 'deploy'],
    ]) {
      const refused = await who.ots(args);
      expect(refused).toMatchObject({ code: 2, text: '' });
      expect(refused.stderr).toMatch(/--yes/);
    }
    const burned = await who.ots(['burn', '--label', 'deploy', '--yes', '--json']);
    expect(burned.rows.map(({ result }) => result)).toEqual(['burned', 'burned']);
    expect((await who.ots(['burn', '--label', 'deploy', '--yes'])).code).toBe(2);
    expect((await who.ots(['reveal', other.link])).text).toBe('x');
  }));

test('one of several that cannot be burned: every row is there, exit 10', () =>
  withPerson(async (who, server) => {
    const { link } = await shared(who);
    const nowhere = await withServer((gone) => shared(person(gone.url)));
    const unknown = 'f6'.repeat(31);
    const mixed = await who.ots(['burn', '--yes', '--json', nowhere.link, unknown, link, link]);
    expect(mixed.code).toBe(10);
    expect(mixed.rows.map(({ result }) => result)).toEqual(['failed', 'failed', 'burned']);
    expect(server.reveals()).toBe(0);
  }));

test('status: new, revealed, burned; by link, receipt and identifier', () =>
  withPerson(async (who, server) => {
    const { link, receipt_id, secret_id } = await shared(who, ['--ttl', '1h']);
    const fresh = await who.ots(['status', link, '--json']);
    expect(fresh).toMatchObject({ code: 0, stderr: '' });
    const [row] = fresh.rows;
    expect(row).toEqual({
      target: partsOf(link).path,
      secret_id,
      receipt_id,
      server: server.url,
      state: 'new',
      expires_at: expect.any(String),
      has_passphrase: false,
    });
    expect(Math.abs(Date.parse(row.expires_at) - Date.now() - 3_600_000)).toBeLessThan(60_000);
    const stranger = (await person().ots(['status', link, '--json'])).rows[0];
    expect(stranger).toMatchObject({ receipt_id: null, has_passphrase: false });
    expect(['new', 'viewed']).toContain(stranger.state);
    expect(server.reveals()).toBe(0);
    await who.ots(['reveal', link]);
    for (const target of [link, receipt_id, `${server.url}/receipt/${receipt_id}`]) {
      const seen = await who.ots(['status', target, '--json']);
      expect(seen.code).toBe(3);
      expect(seen.rows).toMatchObject([{ state: 'revealed', expires_at: null }]);
    }
    const burned = await shared(who);
    await who.ots(['burn', burned.link]);
    expect(await who.ots(['status', burned.link])).toMatchObject({ code: 3 });
    expect((await who.ots(['status', burned.receipt_id])).text).toMatch(/^burned\t/);
  }));

test('status of something gone is exit 3, of several 0', () =>
  withPerson(async (who, server) => {
    const gone = `${server.url}/secret/${'a7'.repeat(31)}`;
    const { link } = await shared(who, [], { OTS_PASSPHRASE: 'a passphrase' });
    const alone = await who.ots(['status', gone]);
    expect(alone).toMatchObject({ code: 3 });
    expect(alone.text).toMatch(/^gone\t-\t/);
    const both = await who.ots(['status', gone, link, '--json']);
    expect(both.code).toBe(0);
    expect(both.rows).toMatchObject([{ state: 'gone' }, { state: 'new', has_passphrase: true }]);
  }));
