/** Counters, lists and accounts in a SQLite file. */

import type { Run, Sqlite } from './sqlite-file.ts';
import type { Limit, ListEntry, Locked, Ref, Store } from './types.ts';

type Part = Pick<Store, 'charge' | 'forgive' | 'addToList' | 'list' | 'accountHash' | 'setAccountHash'>;

/** @param now milliseconds since 1970. */
export function sqliteAccounts(sqlite: Sqlite, now: () => number): Part {
  return {
    charge: (limits, tries) => sqlite.write((run) => charge(run, limits, tries, now())),
    forgive: (limits) =>
      sqlite.write((run) => {
        for (const { ref } of limits) run.run('DELETE FROM counters WHERE key = ?', [ref.key]);
      }),
    addToList: (account, entry, max) => sqlite.write((run) => addToList(run, account, entry, max)),
    list(account, sinceMs) {
      const sql =
        'SELECT box FROM entries WHERE account = ? AND created >= ? AND until > ? ORDER BY created DESC, rowid DESC';
      const rows = sqlite.all<{ box: ArrayBuffer }>(sql, [account.key, sinceMs, now()]);
      // libsql 0.5 gives a buffer for one row, but bare memory for several.
      return Promise.resolve(rows.map((row) => Buffer.from(row.box)));
    },
    accountHash(account) {
      const row = sqlite.get<{ hash: string }>('SELECT hash FROM accounts WHERE key = ?', [account.key]);
      return Promise.resolve(row?.hash);
    },
    setAccountHash: (account, hash) =>
      sqlite.write((run) => {
        run.run('INSERT OR REPLACE INTO accounts (key, hash) VALUES (?, ?)', [account.key, hash]);
      }),
  };
}

function charge(run: Run, limits: readonly Limit[], tries: 0 | 1, nowMs: number): Locked | undefined {
  const counters = limits.map(({ ref }) =>
    run.get<{ tries: number; until: number }>(
      'SELECT tries, until FROM counters WHERE key = ? AND until > ?',
      [ref.key, nowMs],
    ),
  );
  for (const [index, limit] of limits.entries()) {
    const counter = counters[index];
    if (counter !== undefined && counter.tries >= limit.max) {
      return { retryAfterMs: counter.until - nowMs, maxAttempts: limit.max };
    }
  }
  if (tries === 0) return undefined;
  limits.forEach((limit, index) => {
    const before = counters[index] ?? { tries: 0, until: nowMs + limit.windowMs };
    const until = before.tries + 1 >= limit.max ? nowMs + limit.lockMs : before.until;
    const sql = 'INSERT OR REPLACE INTO counters (key, tries, until) VALUES (?, ?, ?)';
    run.run(sql, [limit.ref.key, before.tries + 1, until]);
  });
  return undefined;
}

function addToList(run: Run, account: Ref, entry: ListEntry, max: number): void {
  const values = [account.key, entry.box, entry.createdAtMs, entry.expiresAtMs];
  run.run('INSERT INTO entries (account, box, created, until) VALUES (?, ?, ?, ?)', values);
  // By rank of the newest, so that this stays one look into the index.
  const sql = `DELETE FROM entries WHERE account = ? AND created < coalesce(
    (SELECT created FROM entries WHERE account = ? ORDER BY created DESC LIMIT 1 OFFSET ?), 0)`;
  run.run(sql, [account.key, account.key, max]);
}
