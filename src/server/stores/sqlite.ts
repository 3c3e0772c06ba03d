/** Secrets in a SQLite file: they survive the server, and several processes of one machine may share them. */

import { sqliteAccounts } from './sqlite-accounts.ts';
import { openSqlite, type Run, type Sqlite } from './sqlite-file.ts';
import type { Claim, NewRecord, Ref, Store, StoredReceipt, StoredSecret } from './types.ts';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS secrets (key TEXT PRIMARY KEY, tag TEXT NOT NULL, receipt TEXT NOT NULL, body BLOB NOT NULL,
  gate BLOB NOT NULL, created INTEGER NOT NULL, lifetime INTEGER NOT NULL, until INTEGER NOT NULL, claim TEXT,
  replays INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS secrets_until ON secrets (until);
CREATE TABLE IF NOT EXISTS receipts (key TEXT PRIMARY KEY, box BLOB NOT NULL, memo BLOB NOT NULL, state TEXT NOT NULL,
  created INTEGER NOT NULL, lifetime INTEGER NOT NULL, until INTEGER NOT NULL, updated INTEGER NOT NULL, ended INTEGER,
  looks INTEGER NOT NULL DEFAULT 0, first_look INTEGER, last_look INTEGER, displayed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS receipts_until ON receipts (until);
CREATE TABLE IF NOT EXISTS counters (key TEXT PRIMARY KEY, tries INTEGER NOT NULL, until INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS accounts (key TEXT PRIMARY KEY, hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS entries (account TEXT NOT NULL, box BLOB NOT NULL, created INTEGER NOT NULL, until INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS entries_created ON entries (account, created);
PRAGMA user_version = 1;
`;
const SWEEP_MS = 1000;
/** How much one sweep deletes at most of each, so that it never stops the server for long. */
const SWEEP_ROWS = 1000;
const NOTHING = new Uint8Array(0);

interface SecretRow {
  tag: string;
  receipt: string;
  gate: Uint8Array | null;
  created: number;
  lifetime: number;
  claim: string | null;
}

interface ReceiptRow {
  box: Uint8Array;
  memo: Uint8Array | null;
  state: StoredReceipt['state'];
  created: number;
  lifetime: number;
  updated: number;
  ended: number | null;
  looks: number;
  first_look: number | null;
  last_look: number | null;
}

/**
 * Opens the store in a file.
 * @param now milliseconds since 1970.
 * @throws OtsError `usage` when the file cannot be used
 */
export function openSqliteStore(path: string, now: () => number): Store {
  const sqlite = openSqlite(path, SCHEMA);
  const sweep = setInterval(() => void sweepExpired(sqlite, now()).catch(() => undefined), SWEEP_MS).unref();
  return {
    ...sqliteAccounts(sqlite, now),
    create: (record) => sqlite.write((run) => insert(run, record)),
    secret: (secret) => Promise.resolve(secretOf(sqlite, secret, now())),
    take: (secret, receipt, claim) =>
      sqlite.write((run) => take(run, { secret, receipt, claim, nowMs: now() }), true),
    acknowledge: (secret, claimHash) =>
      sqlite.write((run) => {
        run.run('DELETE FROM secrets WHERE key = ? AND claim = ?', [secret.key, claimHash]);
      }, true),
    burn: (receipt, secret) => sqlite.write((run) => burn(run, receipt, secret, now()), true),
    receipt: (receipt) => Promise.resolve(receiptOf(sqlite, receipt, now())),
    noteAccess: (receipt) =>
      sqlite.write((run) => {
        const at = now();
        const sql =
          'UPDATE receipts SET looks = looks + 1, last_look = ?, first_look = coalesce(first_look, ?) WHERE key = ?';
        run.run(sql, [at, at, receipt.key]);
      }),
    setMemo: (receipt, memo) =>
      sqlite.write((run) => {
        const at = now();
        const sql = 'UPDATE receipts SET memo = ?, updated = ? WHERE key = ? AND until > ?';
        return run.run(sql, [memo, at, receipt.key, at]) === 1;
      }),
    display: (receipt, secret, withinMs) =>
      sqlite.write((run) => display(run, { receipt, secret, withinMs, nowMs: now() })),
    ping: () => sqlite.write((run) => void run.get('SELECT 1', [])),
    close() {
      clearInterval(sweep);
      return sqlite.close();
    },
  };
}

function insert(run: Run, record: NewRecord): void {
  const { secret, receipt, body, gate, box, createdAtMs, lifetimeMs } = record;
  run.run(
    'INSERT INTO secrets (key, tag, receipt, body, gate, created, lifetime, until) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    [secret.key, receipt.tag, receipt.key, body, gate, createdAtMs, lifetimeMs, createdAtMs + lifetimeMs],
  );
  run.run(
    'INSERT INTO receipts (key, box, memo, state, created, lifetime, until, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    [receipt.key, box, NOTHING, 'new', createdAtMs, lifetimeMs, createdAtMs + 2 * lifetimeMs, createdAtMs],
  );
}

function secretOf(sqlite: Sqlite, secret: Ref, nowMs: number): StoredSecret | undefined {
  const sql = 'SELECT tag, receipt, gate, created, lifetime, claim FROM secrets WHERE key = ? AND until > ?';
  const row = sqlite.get<SecretRow>(sql, [secret.key, nowMs]);
  if (row === undefined) return undefined;
  return {
    receipt: { tag: row.tag, key: row.receipt },
    gate: row.gate ?? NOTHING,
    createdAtMs: row.created,
    lifetimeMs: row.lifetime,
    claimHash: row.claim ?? undefined,
  };
}

interface Taking {
  secret: Ref;
  receipt: Ref;
  claim: Claim | undefined;
  nowMs: number;
}

function take(run: Run, { secret, receipt, claim, nowMs }: Taking): Uint8Array | undefined {
  const row = run.get<{ body: Uint8Array; claim: string | null; replays: number; until: number }>(
    'SELECT body, claim, replays, until FROM secrets WHERE key = ? AND until > ?',
    [secret.key, nowMs],
  );
  if (row === undefined) return undefined;
  const erase = (): number => run.run('DELETE FROM secrets WHERE key = ?', [secret.key]);
  if (row.claim !== null) {
    if (row.claim !== claim?.hash) return undefined;
    if (row.replays + 1 >= claim.maxReplays) erase();
    else run.run('UPDATE secrets SET replays = replays + 1 WHERE key = ?', [secret.key]);
    return row.body;
  }
  end(run, receipt, 'revealed', nowMs);
  if (claim === undefined) erase();
  else {
    const until = Math.min(row.until, nowMs + claim.windowMs);
    run.run('UPDATE secrets SET claim = ?, until = ? WHERE key = ?', [claim.hash, until, secret.key]);
  }
  return row.body;
}

function end(run: Run, receipt: Ref, state: 'revealed' | 'burned', nowMs: number): boolean {
  const sql = "UPDATE receipts SET state = ?, ended = ?, updated = ? WHERE key = ? AND state = 'new'";
  return run.run(sql, [state, nowMs, nowMs, receipt.key]) === 1;
}

function burn(run: Run, receipt: Ref, secret: Ref, nowMs: number): boolean {
  const live = run.get('SELECT 1 FROM secrets WHERE key = ? AND until > ?', [secret.key, nowMs]);
  run.run('DELETE FROM secrets WHERE key = ?', [secret.key]);
  return live !== undefined && end(run, receipt, 'burned', nowMs);
}

function receiptOf(sqlite: Sqlite, receipt: Ref, nowMs: number): StoredReceipt | undefined {
  const row = sqlite.get<ReceiptRow>('SELECT * FROM receipts WHERE key = ? AND until > ?', [
    receipt.key,
    nowMs,
  ]);
  if (row === undefined) return undefined;
  return {
    box: row.box,
    memo: row.memo ?? NOTHING,
    state: row.state,
    createdAtMs: row.created,
    lifetimeMs: row.lifetime,
    updatedAtMs: row.updated,
    endedAtMs: row.ended ?? undefined,
    accessCount: row.looks,
    firstAccessAtMs: row.first_look ?? undefined,
    lastAccessAtMs: row.last_look ?? undefined,
  };
}

interface Displaying {
  receipt: Ref;
  secret: Ref;
  withinMs: number;
  nowMs: number;
}

function display(run: Run, { receipt, secret, withinMs, nowMs }: Displaying): Uint8Array | undefined {
  const sql = 'SELECT body FROM secrets WHERE key = ? AND until > ? AND claim IS NULL';
  const row = run.get<{ body: Uint8Array }>(sql, [secret.key, nowMs]);
  if (row === undefined) return undefined;
  const once = 'UPDATE receipts SET displayed = 1 WHERE key = ? AND displayed = 0 AND created > ?';
  return run.run(once, [receipt.key, nowMs - withinMs]) === 1 ? row.body : undefined;
}

/** Deletes what has expired. Reads do not depend on it: they look at the clock themselves. */
async function sweepExpired(sqlite: Sqlite, nowMs: number): Promise<void> {
  const due = ['secrets', 'receipts', 'counters', 'entries'].filter(
    (table) => sqlite.get(`SELECT 1 FROM ${table} WHERE until <= ? LIMIT 1`, [nowMs]) !== undefined,
  );
  if (due.length === 0) return;
  await sqlite.write((run) => {
    for (const table of due) {
      const sql = `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE until <= ? LIMIT ${SWEEP_ROWS})`;
      run.run(sql, [nowMs]);
    }
  }, true);
}
