/** The checks of `ots doctor` that look at this machine: programs, keyring, folders and what is in them. */
import { accessSync, constants, statSync } from 'node:fs';
import { platform } from 'node:os';
import { dirname, join } from 'node:path';
import type { ErrorCode } from '../core/index.ts';
import { toOtsError } from '../io/report.ts';
import { nodeVersion } from '../io/runtime.ts';
import { credentialsPath } from '../local/credentials.ts';
import { systemCode } from '../local/files.ts';
import { openKeyring } from '../local/keyring.ts';
import { readReceipts } from '../local/receipts.ts';
import { listRecovered } from '../local/recovered.ts';
import type { Context } from './context.ts';

/** A row of the result. Source: docs/AUTOMATION.md. */
export interface Check {
  check: string;
  result: 'ok' | 'warning' | 'failed';
  detail: string;
  /** What the exit code is taken from; not shown. */
  code?: ErrorCode;
}

export function ok(check: string, detail: string): Check {
  return { check, result: 'ok', detail };
}

export function warning(check: string, detail: string): Check {
  return { check, result: 'warning', detail };
}

export function failed(check: string, detail: string, code: ErrorCode): Check {
  return { check, result: 'failed', detail, code };
}

/** Clipboard, keyring, Node. @param timeoutMs bounds the keyring */
export async function programChecks(ctx: Context, timeoutMs: number): Promise<Check[]> {
  return [await clipboard(ctx), await keyring(ctx, timeoutMs), ok('node', nodeVersion())];
}

/** Asks the clipboard as --copy and --paste would; what it holds is not looked at. */
async function clipboard({ env }: Context): Promise<Check> {
  const { openClipboard } = await import('../io/clipboard.ts');
  try {
    await openClipboard(env);
    return ok('clipboard', 'it answers');
  } catch (error) {
    const { message, hint } = toOtsError(error);
    return warning('clipboard', hint === undefined ? message : `${message}; ${hint}`);
  }
}

async function keyring(ctx: Context, timeoutMs: number): Promise<Check> {
  const instead = `tokens are kept in ${credentialsPath(ctx.paths.config)}`;
  const ask = openKeyring(ctx.self ?? [], ctx.env, timeoutMs);
  if (ask === undefined) return warning('keyring', `none, without a message bus; ${instead}`);
  try {
    await ask({ act: 'get', account: 'ots doctor' });
    return ok('keyring', platform() === 'linux' ? 'Secret Service' : "the system's");
  } catch {
    return warning('keyring', `it does not answer; ${instead}`);
  }
}

/** Permissions, receipts, what waits to be delivered. */
export function folderChecks(ctx: Context): Check[] {
  return [permissions(ctx), receipts(ctx), recovered(ctx)];
}

/** Only its owner may look into any of them; Windows has no such bits. */
function permissions({ paths }: Context): Check {
  const locked = [paths.config, paths.state, paths.cache].find((path) => !isWritable(path));
  if (locked !== undefined) {
    return warning(
      'permissions',
      `${locked} cannot be written: receipts and rescued secrets may not be kept`,
    );
  }
  if (platform() === 'win32') return ok('permissions', 'not looked at on Windows');
  const places: [string, number][] = [
    [paths.config, 0o700],
    [paths.state, 0o700],
    [paths.cache, 0o700],
    [join(paths.state, 'recovered'), 0o700],
    [join(paths.config, 'config.toml'), 0o600],
    [credentialsPath(paths.config), 0o600],
    [join(paths.state, 'receipts.jsonl'), 0o600],
  ];
  const open = places.filter(([path]) => ((modeOf(path) ?? 0) & 0o077) !== 0);
  if (open.length === 0) return ok('permissions', 'only you can read what ots keeps');
  const repair = open.map(([path, mode]) => `chmod ${mode.toString(8)} ${path}`).join('; ');
  const detail = `others may read it: ${repair}`;
  const token = open.some(([path]) => path === credentialsPath(paths.config));
  return token ? failed('permissions', detail, 'usage') : warning('permissions', detail);
}

/** Whether a folder, or the one that it would be made in, can be written. */
function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch (error) {
    return systemCode(error) === 'ENOENT' && dirname(path) !== path && isWritable(dirname(path));
  }
}

function modeOf(path: string): number | undefined {
  try {
    return statSync(path).mode;
  } catch {
    return undefined;
  }
}

function receipts({ paths }: Context): Check {
  try {
    return ok('receipts', `${readReceipts(paths.state).length} in ${paths.state}`);
  } catch {
    return failed('receipts', `${join(paths.state, 'receipts.jsonl')} cannot be read`, 'usage');
  }
}

function recovered({ paths, now }: Context): Check {
  const waiting = listRecovered(paths.state, now()).length;
  if (waiting === 0) return ok('recovered', 'nothing waits');
  return warning('recovered', `${waiting} fetched and not delivered; see: ots receipts`);
}
