/** The system's keyring for real: a message bus of its own, with GNOME's Secret Service behind it. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ACCOUNT, withAccountServer } from '../support/account-server.ts';
import { type Person, PROGRAM, person, type Run, run } from '../support/program.ts';

/** Runs a script where a keyring is unlocked, with `ots` as a command. */
function besideKeyring(who: Person, script: string): Promise<Run> {
  const runtime = join(who.home, 'runtime');
  mkdirSync(runtime, { mode: 0o700, recursive: true });
  const env = {
    ...who.env,
    XDG_RUNTIME_DIR: runtime,
    XDG_DATA_HOME: join(who.home, 'data'),
    TOKEN: ACCOUNT.token,
  };
  const prelude = `ots() { '${process.execPath}' '${PROGRAM}' "$@"; }
printf password | gnome-keyring-daemon --unlock --components=secrets --daemonize > /dev/null 2>&1
owner() { dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetConnectionUnixProcessID string:org.freedesktop.secrets 2> /dev/null | awk '/uint32/{print $2}'; }
# It takes its name on the bus some time after it went to the background.
while daemon=$(owner); [ -z "$daemon" ]; do sleep 0.02; done
trap 'kill -CONT "$daemon"; kill "$daemon"' EXIT
`;
  return run('dbus-run-session', ['--', 'bash', '-c', prelude + script], { env, cwd: who.folder });
}

test('the token is kept in the keyring, found there, and removed from there; no file has it', () =>
  withAccountServer(async (url) => {
    const who = person(url);
    const script = `printf %s "$TOKEN" | ots login --username ${ACCOUNT.username} --json
unset TOKEN
ots whoami --json
secret-tool search --all service ots 2>&1 | grep -c '^secret = ${ACCOUNT.token}$'
ots doctor --json | grep '"keyring"'
ots logout --json
secret-tool search --all service ots 2>&1 | grep -c '^secret = '
ots whoami --json`;
    const result = await besideKeyring(who, script);
    const [login, whoami, held, doctor, logout, left, gone] = result.rows;
    expect(login, result.stderr).toMatchObject({ token_from: 'keyring' });
    expect(whoami).toMatchObject({ username: ACCOUNT.username, token_from: 'keyring' });
    expect([held, left]).toEqual([1, 0]);
    expect(doctor).toMatchObject({ result: 'ok', detail: 'Secret Service' });
    expect(logout).toMatchObject({ removed_from: ['keyring'] });
    expect(gone).toMatchObject({ error: { code: 'unauthorized' } });
    const folder = join(who.home, 'config', 'ots');
    for (const name of readdirSync(folder))
      expect(readFileSync(join(folder, name), 'utf8')).not.toContain(ACCOUNT.token);
  }));

test('a keyring that hangs stops nothing for good: an error before anything is sent', () =>
  withAccountServer(async (url) => {
    const script = `printf %s "$TOKEN" | ots login --username ${ACCOUNT.username} --json
kill -STOP "$daemon"
printf x | ots share --json --timeout 1`;
    const [login, shared] = (await besideKeyring(person(url), script)).rows;
    expect(login).toMatchObject({ token_from: 'keyring' });
    expect(shared).toMatchObject({
      error: { code: 'unauthorized', hint: expect.stringContaining('OTS_TOKEN') },
    });
  }));
