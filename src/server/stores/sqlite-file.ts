/**
 * A SQLite file whose writes are gathered: what is asked for in a few turns of the event loop goes into one transaction,
 * and is answered after it is on disk. What was deleted is overwritten with zeros (`secure_delete`), and the write-ahead
 * log, which still holds it, is emptied within a second.
 *
 * Statements get their values in one array: libsql 0.5 ends the process when its only argument is a buffer.
 */

import { chmodSync, closeSync, openSync } from 'node:fs';
import Database from 'libsql';
import { OtsError } from '../../core/errors.ts';
import { Unavailable } from '../unavailable.ts';

export type Value = string | number | bigint | Uint8Array | null;

export interface Sqlite {
  /** One row, outside of the gathered writes: it sees what was committed. */
  get<Row>(sql: string, values: readonly Value[]): Row | undefined;
  all<Row>(sql: string, values: readonly Value[]): Row[];
  /**
   * Runs `work` inside the next transaction, atomic for every process that shares the file.
   * @param erases whether it may delete what must not stay readable in the log
   */
  write<Result>(work: (run: Run) => Result, erases?: boolean): Promise<Result>;
  /** Writes what is pending, empties the log, and lets go of the file. */
  close(): Promise<void>;
}

export interface Run {
  get<Row>(sql: string, values: readonly Value[]): Row | undefined;
  /** @returns rows changed */
  run(sql: string, values: readonly Value[]): number;
}

interface Pending {
  work: (run: Run) => unknown;
  erases: boolean;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

const BUSY_MS = 5000;
/** The log is emptied this long after a deletion, at the latest. */
const TRUNCATE_MS = 500;
const RETRY_SECONDS = 5;
/** Turns of the event loop that a transaction may wait for others to join it: writing to disk costs more than they do. */
const MAX_TURNS = 4;

/** Opens a file, made with mode 0600 when it is new. @throws OtsError `usage` when it cannot be used */
export function openSqlite(path: string, schema: string): Sqlite {
  try {
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
    const database = new Database(path, { timeout: BUSY_MS });
    for (const pragma of [
      'journal_mode = WAL',
      'synchronous = FULL',
      'secure_delete = ON',
      `busy_timeout = ${BUSY_MS}`,
    ]) {
      database.exec(`PRAGMA ${pragma}`);
    }
    database.exec(schema);
    return gathered(database);
  } catch (cause) {
    throw new OtsError('usage', 'the file for --store cannot be used as a database', {
      hint: 'check that its folder exists and may be written to, and that it is no other file',
      cause,
    });
  }
}

function gathered(database: Database.Database): Sqlite {
  const statements = new Map<string, Database.Statement>();
  const prepared = (sql: string): Database.Statement => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
  const run: Run = {
    get: <Row>(sql: string, values: readonly Value[]) => prepared(sql).get(values) as Row | undefined,
    run: (sql, values) => prepared(sql).run(values).changes,
  };
  let pending: Pending[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const truncate = (): void => {
    timer = undefined;
    // Another process may be reading: then it is tried again.
    if (!truncated(database)) timer = setTimeout(truncate, TRUNCATE_MS);
  };
  const flush = (): void => {
    const batch = pending;
    pending = [];
    commit(database, batch, run);
    if (batch.some((one) => one.erases)) timer ??= setTimeout(truncate, TRUNCATE_MS);
  };
  // Waits without ever idling: as long as each turn of the event loop brings more to write, and not for many turns.
  const gather = (seen: number, turns = 0): void => {
    if (pending.length > seen && turns < MAX_TURNS) setImmediate(gather, pending.length, turns + 1);
    else flush();
  };
  return {
    get: run.get,
    all: <Row>(sql: string, values: readonly Value[]) => prepared(sql).all(values) as Row[],
    write<Result>(work: (run: Run) => Result, erases = false): Promise<Result> {
      return new Promise<Result>((resolve, reject) => {
        if (pending.length === 0) setImmediate(gather, 1);
        pending.push({ work, erases, resolve: resolve as Pending['resolve'], reject });
      });
    },
    close() {
      if (pending.length > 0) flush();
      clearTimeout(timer);
      truncated(database);
      statements.clear();
      database.close();
      return Promise.resolve();
    },
  };
}

/** Runs a batch in one transaction and answers when it is on disk; none of it counts when it fails. */
function commit(database: Database.Database, batch: readonly Pending[], run: Run): void {
  const results: unknown[] = [];
  try {
    // Immediate: whoever may write next is settled before anything is read.
    database.exec('BEGIN IMMEDIATE');
    try {
      for (const { work } of batch) results.push(work(run));
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  } catch (error) {
    const failure = new Unavailable('store_unreachable', RETRY_SECONDS, error);
    for (const { reject } of batch) reject(failure);
    return;
  }
  batch.forEach(({ resolve }, index) => {
    resolve(results[index]);
  });
}

/** Moves the log into the database and cuts it to nothing. @returns false when somebody was in the way */
function truncated(database: Database.Database): boolean {
  try {
    const answer = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get([]) as { busy: number };
    return answer.busy === 0;
  } catch {
    return false;
  }
}
