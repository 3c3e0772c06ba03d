/** `ots doctor`: looks at everything the other commands rely on, in a table. It changes nothing and spends nothing. */
import { isLoopbackHost } from '../core/hosts.ts';
import { type ErrorCode, EXIT_CODES, isOtsError, OtsError } from '../core/index.ts';
import { withProgress } from '../io/progress.ts';
import { printTable } from '../io/table.ts';
import { configPath } from '../local/config.ts';
import type { Context, GlobalOptions } from './context.ts';
import { type Check, failed, folderChecks, ok, programChecks, warning } from './doctor-local.ts';
import { loadProfile } from './profile.ts';
import { resolveSettings, type Settings } from './settings.ts';

const CLOCK_MS = 60_000;

/** @returns the exit code: that of the first check that failed */
export async function doctor(ctx: Context, options: GlobalOptions): Promise<number> {
  const checks: Check[] = [];
  const settings = await configured(ctx, options, checks);
  if (settings === undefined)
    checks.push(warning('server', 'not asked: the settings have to be put right first'));
  else {
    checks.push(...(await withProgress(ctx.io, 'asking the server', () => serverChecks(ctx, settings))));
  }
  checks.push(...(await programChecks(ctx, settings?.timeoutMs ?? 5_000)), ...folderChecks(ctx));
  if (ctx.io.json) {
    for (const { check, result, detail } of checks) await ctx.io.outJson({ check, result, detail });
  } else await printTable(ctx.io, ['CHECK', 'RESULT', 'DETAIL'], checks.map(row));
  const first = checks.find(({ result }) => result === 'failed');
  return first === undefined ? 0 : EXIT_CODES[first.code ?? 'usage'];
}

function row({ check, result, detail }: Check): string[] {
  return [check, result, detail];
}

/** Settings as every command reads them; what is wrong with them is a check that failed. */
async function configured(
  ctx: Context,
  options: GlobalOptions,
  checks: Check[],
): Promise<Settings | undefined> {
  try {
    const profile = await loadProfile(ctx, options);
    const settings = await resolveSettings(ctx, options);
    const path = configPath(ctx.paths.config);
    checks.push(ok('config', profile.path ?? `none (${path})`), ok('profile', profile.name ?? 'none'));
    const { username } = profile.values;
    const account = ctx.env['OTS_USERNAME'] ? 'from the environment' : (username ?? 'none');
    checks.push(ok('account', `${account}${account === 'none' ? '' : '; ots whoami checks it'}`));
    return settings;
  } catch (error) {
    checks.push(failure('config', error));
    return undefined;
  }
}

/** Bounded by --timeout as a whole. */
async function serverChecks(ctx: Context, settings: Settings): Promise<Check[]> {
  const { baseUrl, timeoutMs } = settings;
  const proxyUrl = ctx.proxyFor(baseUrl);
  const checks = [
    proxyUrl === undefined ? ok('proxy', 'none for this server') : ok('proxy', hostOf(proxyUrl)),
    encryption(ctx, settings),
  ];
  const { lookAt } = await import('../remote/look.ts');
  let deadline: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      const error = new OtsError('network', `${baseUrl} did not answer within ${timeoutMs / 1000} s`);
      deadline = setTimeout(() => reject(error), timeoutMs);
    });
    const look = lookAt({
      baseUrl,
      api: settings.api,
      timeoutMs,
      proxyUrl,
      caPem: settings.caPem,
      now: ctx.now,
      userAgent: `ots/${ctx.version}`,
    });
    const { facts, serverTimeMs, tookMs } = await Promise.race([look, late]);
    const generation = { current: 'v2 and v3', old: 'v2 (before 0.24)', v1only: 'v1' }[facts.generation];
    const details = [
      generation,
      facts.version,
      facts.maxTextBytes === undefined ? undefined : `secrets up to ${facts.maxTextBytes} bytes`,
      facts.claimSeconds === undefined ? undefined : 'keeps claims',
    ];
    const told = details.filter((detail) => detail !== undefined).join(', ');
    return [
      ok('server', `${baseUrl} answers (${tookMs} ms)`),
      ok('protocol', told),
      clock(ctx, serverTimeMs),
      ...checks,
    ];
  } catch (error) {
    return [failure('server', error), ...checks];
  } finally {
    clearTimeout(deadline);
  }
}

/** Expiry times are shown by this clock, and certificates are judged by it. */
function clock(ctx: Context, serverTimeMs: number | undefined): Check {
  if (serverTimeMs === undefined) return warning('clock', 'the server does not tell its time');
  const offMs = ctx.now() - serverTimeMs;
  const seconds = Math.round(Math.abs(offMs) / 1000);
  if (Math.abs(offMs) <= CLOCK_MS) return ok('clock', `within ${Math.max(1, seconds)} s of the server's`);
  return warning('clock', `${seconds} s ${offMs > 0 ? 'ahead of' : 'behind'} the server's`);
}

function encryption(ctx: Context, { baseUrl, caPem, allowHttp }: Settings): Check {
  const { protocol, hostname } = new URL(baseUrl);
  if (protocol === 'https:') {
    const extra = [caPem && 'ca_file', ctx.env['NODE_EXTRA_CA_CERTS'] && 'NODE_EXTRA_CA_CERTS'].filter(
      Boolean,
    );
    return ok(
      'tls',
      extra.length === 0 ? 'certificates that Node trusts' : `with those of ${extra.join(' and ')}`,
    );
  }
  if (isLoopbackHost(hostname)) return ok('tls', 'none, on this machine');
  const detail = 'plain http: everybody on the way can read and change what is sent';
  return allowHttp ? warning('tls', detail) : failed('tls', detail, 'usage');
}

/** A proxy's URL may hold a password. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'its address is no URL';
}

function failure(check: string, error: unknown): Check {
  const code: ErrorCode = isOtsError(error) ? error.code : 'internal';
  return failed(check, isOtsError(error) ? error.message : 'this check itself failed', code);
}
