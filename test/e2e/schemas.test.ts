/** What `--json` prints, against the schemas in docs/: every command, on a real server, errors included. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EXIT_CODES } from '../../src/core/errors.ts';
import { ACCOUNT, withAccountServer } from '../support/account-server.ts';
import { type Person, person, type Run, type TestServer, withServer } from '../support/program.ts';
import { checker, readSchema, SCHEMAS } from '../support/schemas.ts';
import { serveProcess } from '../support/serve.ts';

type Made = Run | Run[];

const login = (who: Person): Promise<Run> =>
  who.ots(['login', '--username', ACCOUNT.username, '--json'], { stdin: ACCOUNT.token });

/** What each schema describes, made in as many ways as it has fields. */
const OUTPUTS: Record<string, (who: Person, server: TestServer) => Promise<Made>> = {
  share: async (who) => [
    await who.ots(['share', '--json'], { stdin: 'x' }),
    await who.ots(['share', '--json', '--plain', '--label', 'a label', '--ttl', '90s'], { stdin: 'x' }),
    await who.ots(['share', '--json', '--gate', '--generate-passphrase'], { stdin: 'x' }),
    await who.ots(['generate', '--json', '--show', '--no-receipt']),
  ],
  reveal: async (who) => {
    writeFileSync(join(who.folder, 'file.txt'), 'x');
    return [
      await who.ots(['reveal', '--json', await who.share('text')]),
      await who.ots(['reveal', '--json', await who.share(Buffer.from([255, 0]))]),
      await who.ots(['reveal', '--json', await who.share('x', ['--plain', '--quiet'])]),
      await who.ots(['reveal', '--json', '-o', 'out', await who.share('', ['file.txt'])]),
      await who.ots(['reveal', '--json', '-O', await who.share('', ['file.txt'])]),
    ];
  },
  try: async (who) => who.ots(['try', '--json'], { stdin: 'my own' }),
  encrypt: async (who) => [
    await who.ots(['encrypt', '--json'], { stdin: 'x' }),
    await who.ots(['encrypt', '--json', '--generate-passphrase'], { stdin: 'x' }),
    await who.ots(['encrypt', '--json', '--key-file', 'key'], { stdin: 'x' }),
  ],
  decrypt: async (who) => {
    const made = [];
    for (const [stdin, more] of [
      ['text', []],
      [Buffer.from([255]), []],
      ['text', ['-o', 'out']],
    ] as const) {
      const text = await who.ots(['encrypt', '--key-file', 'key', '--force'], { stdin });
      made.push(await who.ots(['decrypt', '--json', '--key-file', 'key', ...more], { stdin: text.text }));
    }
    return made;
  },
  burn: async (who, server) => {
    const stranger = person(server.url);
    const burned = await who.share('x');
    const away = 'https://unknown.example.com/secret/abcdefghijklmnopqrstuvwxyz01234';
    return [
      await who.ots(['burn', '--json', burned]),
      await who.ots(['burn', '--json', burned]),
      await who.ots(['burn', '--json', '--dry-run', await who.share('x')]),
      await stranger.ots(['burn', '--json', '--yes', await who.share('x'), away]),
      await stranger.ots(['burn', '--json', '--no-spend', await who.share('x')]),
      await who.ots(['burn', '--json', away.replace('.example.com', '.invalid'), '--any-host']),
    ];
  },
  status: async (who, server) => {
    const { rows } = await who.ots(['share', '--json'], { stdin: 'x' });
    return [
      await who.ots(['status', '--json', rows[0].link, rows[0].receipt_id]),
      await person(server.url).ots(['status', '--json', await who.share('x')]),
      await who.ots(['status', '--json', `${server.url}/secret/abcdefghijklmnopqrstuvwxyz01234`]),
    ];
  },
  receipts: async (who) => {
    await who.share('x', ['--gate', '--label', 'a label']);
    const lost = await who.share('x');
    expect(await who.ots(['reveal', lost], { deaf: true })).toMatchObject({ code: 9 });
    const made = await who.ots(['receipts', '--json']);
    expect(made.rows.map((row) => 'recovered' in row)).toEqual([false, false, true]);
    return made;
  },
  'receipts-remote': async (who) => {
    await login(who);
    await who.share('x');
    return who.ots(['receipts', '--remote', '--json']);
  },
  'receipts-forget': async (who) => {
    await who.share('x');
    return who.ots(['receipts', 'forget', '--all', '--yes', '--json']);
  },
  'share-each': async (who) => [
    await who.ots(['share', '--each', 'lines', '--json', '--generate-passphrase'], { stdin: 'one\n\ntwo\n' }),
    await who.ots(['share', '--count', '2', '--json', '--label', 'two'], { stdin: 'x' }),
  ],
  whoami: async (who) => [
    await login(who),
    await who.ots(['whoami', '--json']),
    await who.ots(['whoami', '--json'], {
      env: { OTS_USERNAME: ACCOUNT.username, OTS_TOKEN: ACCOUNT.token },
    }),
  ],
  logout: async (who) => {
    await login(who);
    return who.ots(['logout', '--json']);
  },
  config: async (who) => [
    await who.ots(['config', 'path', '--json']),
    await who.ots(['config', 'set', 'ttl', '3d', '--json']),
    await who.ots(['config', 'get', 'ttl', '--json']),
    await who.ots(['config', 'list', '--json']),
    await who.ots(['config', 'unset', 'ttl', '--json']),
  ],
  doctor: (who) => who.ots(['doctor', '--json']),
  page: (who) => who.ots(['page', '--json', '-o', 'page.html']),
};

/** Tested below. */
const ELSEWHERE = new Set(['serve', 'error']);

/** Commands some of whose rows are of what failed. */
const MAY_FAIL = new Set(['burn', 'status', 'share-each']);
/** On a server of their own that has an account. */
const WITH_ACCOUNT = new Set(['receipts-remote', 'whoami', 'logout']);

/** What is wrong with a value, and the value, for the report; null when nothing is. */
function wrongIn(schema: string, value: unknown): unknown {
  const valid = checker(schema);
  return valid(value) ? null : { value, errors: valid.errors };
}

describe.each(Object.entries(OUTPUTS))('%s --json', (name, make) => {
  const check = async (url: string, server?: TestServer): Promise<void> => {
    const made = await make(person(url), server as TestServer);
    const seen = new Set<string>();
    for (const run of Array.isArray(made) ? made : [made]) {
      if (!MAY_FAIL.has(name)) expect(run.code, run.stderr).toBe(0);
      expect(run.rows.length).toBeGreaterThan(0);
      for (const row of run.rows) {
        expect(wrongIn(name, row)).toBeNull();
        for (const field of Object.keys(row)) seen.add(field);
      }
    }
    // So that no schema keeps a field that went.
    expect([...seen].sort()).toEqual(Object.keys(readSchema(name).properties).sort());
  };

  test('prints what docs/schemas says, and nothing else', () =>
    WITH_ACCOUNT.has(name) ? withAccountServer(check) : withServer((server) => check(server.url, server)));
});

test('serve --json prints one line when it is ready', async () => {
  const server = await serveProcess([]);
  try {
    expect(wrongIn('serve', JSON.parse(server.ready))).toBeNull();
  } finally {
    await server.stop();
  }
});

test('every schema is tested', () => {
  expect(SCHEMAS).toEqual([...Object.keys(OUTPUTS), ...ELSEWHERE].sort());
  for (const name of SCHEMAS) expect(() => checker(name), name).not.toThrow();
});

test('the published schemas allow fields that later versions add', () => {
  for (const name of SCHEMAS)
    expect(JSON.stringify(readSchema(name))).not.toContain('"additionalProperties":false');
});

describe('errors with --json', () => {
  const gone = (server: TestServer): string => `${server.url}/secret/abcdefghijklmnopqrstuvwxyz01234`;

  test.each([
    ['wrong words', 'usage', () => ['share', '--nosuch']],
    ['no such command', 'usage', () => ['nosuch']],
    ['a missing file', 'usage', () => ['share', 'nosuch']],
    ['a missing command', 'usage', () => ['run', '--env', 'A']],
    [
      'a server that is down',
      'network',
      () => ['reveal', 'http://127.0.0.1:1/secret/abcdefghijklmnopqrstuvwxyz01234'],
    ],
    ['a secret that is gone', 'not_found', (server: TestServer) => ['reveal', gone(server)]],
    [
      'a variable whose secret is gone',
      'not_found',
      (server: TestServer) => ['run', '--env', `A=${gone(server)}`, '--', 'env'],
    ],
    ['a lifetime that is not granted', 'refused', () => ['generate', '--ttl', '60d', '--strict-ttl']],
    ['a text without a secret in it', 'usage', () => ['decrypt', '--link', 'nonsense']],
  ])('%s is %s', (_, code, args) =>
    withServer(async (server) => {
      const ran = await person(server.url).ots(['--json', ...args(server)], { stdin: 'x' });
      expect(ran.rows).toHaveLength(1);
      const [row] = ran.rows;
      expect(wrongIn('error', row)).toBeNull();
      expect(row.error.code).toBe(code);
      expect(ran.code).toBe(row.error.exit_code);
    }),
  );

  test('have no code that the schema does not know', () => {
    const { properties } = readSchema('error').$defs?.error ?? readSchema('error').properties.error;
    expect(properties.code.enum).toEqual(Object.keys(EXIT_CODES));
    for (const code of Object.values(EXIT_CODES)) expect(properties.exit_code.enum).toContain(code);
  });
});
