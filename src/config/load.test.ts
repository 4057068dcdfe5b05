import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConfigError, loadConfig } from './load.ts';

function problemsOf(environment: Record<string, string>, file?: string): readonly string[] {
  try {
    loadConfig(environment, file);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    for (const problem of error.problems) assert.ok(error.message.includes(problem));
    return error.problems;
  }
  return [];
}

test('an empty configuration works, and opens nothing', () => {
  const config = loadConfig({});
  assert.deepEqual(
    [config.host, config.port, config.client, config.data_dir, config.auth, config.auth_token, config.log_level],
    [undefined, 8080, 'native', './data', 'token', undefined, 'info'],
  );
  assert.deepEqual([config.regions, config.accounts, config.hosts], [[], [], {}]);
  assert.deepEqual(config.addresses, { public: false, secondary: false });
  assert.deepEqual(config.give_up_after, { start: 6 * 3_600_000, stop: 15 * 60_000 });
  assert.deepEqual(config.verify_for, { start: 10 * 60_000, stop: 20 * 60_000 });
});

test("the original's variables", () => {
  const config = loadConfig({ HOST: '127.0.0.1', PORT: '9999', EC2_CLIENT: 'cli' });
  assert.deepEqual([config.host, config.port, config.client], ['127.0.0.1', 9999, 'cli']);
  assert.equal(loadConfig({ HOST: '[::1]' }).host, '::1', 'as it stands in a URL');
});

test('the environment beats the file, and an empty variable counts as unset', () => {
  const file = 'port: 1111\nlog_level: warn\nclient: cli\n';
  const config = loadConfig({ PORT: '2222', LOG_LEVEL: '', AUTH_TOKEN: '' }, file);
  assert.deepEqual([config.port, config.log_level, config.client, config.auth_token], [2222, 'warn', 'cli', undefined]);
});

test('a token that a header cannot carry is refused, and is not shown', () => {
  for (const token of ['two words', 'tab\tbed', 'line\n', 'schlüssel', 'nul\u0000', ' '])
    assert.deepEqual(problemsOf({ AUTH_TOKEN: token }), [
      'AUTH_TOKEN: expected printable ASCII without white space, which a header can carry',
    ]);
  assert.deepEqual(problemsOf({ AUTH_TOKEN: '!~:"\\' }), []);
});

test('a token may be named grafana only where no signature is configured', () => {
  assert.deepEqual(problemsOf({}, 'tokens: [{ name: grafana, scopes: [stop], file: x }]'), []);
});

test('a whole file', () => {
  const config = loadConfig(
    {},
    `
regions: [eu-central-1]
accounts:
  - { name: research, role_arn: 'arn:aws:iam::210987654321:role/teams/ec2-operator', external_id: abc, regions: [us-east-1] }
hosts:
  GPU-1.example.internal: 10.0.1.5
  notebook: i-0123456789abcdef0
  alias: gpu-2
addresses: { public: true }
give_up_after: { stop: 1h }
aws: { connect_timeout: 500ms, cli_concurrency: 2 }
prices: { g5.xlarge: 0.71, p4d.24xlarge: 12 }
`,
  );
  assert.deepEqual(Object.keys(config.hosts), ['gpu-1.example.internal', 'notebook', 'alias']);
  assert.deepEqual(
    Object.values(config.hosts).map(({ kind }) => kind),
    ['address', 'instance', 'name'],
  );
  assert.deepEqual(config.give_up_after, { start: 6 * 3_600_000, stop: 3_600_000 });
  assert.deepEqual(config.addresses, { public: true, secondary: false });
  assert.equal(config.aws.connect_timeout, 500);
  assert.deepEqual(
    [...config.prices.configured],
    [
      ['g5.xlarge', 0.71],
      ['p4d.24xlarge', 12],
    ],
  );
  assert.equal(config.accounts[0]?.external_id, 'abc');
});

describe('an empty file counts as none', () => {
  for (const file of ['', '\n', '# nothing', 'null']) {
    test(JSON.stringify(file), () => assert.deepEqual(loadConfig({}, file), loadConfig({})));
  }
});

describe('errors', () => {
  test('are all listed, by variable or by path', () => {
    const problems = problemsOf(
      { PORT: '70000', EC2_CLIENT: 'ssh' },
      'colour: red\nregions: [Frankfurt]\nhosts: { gpu-1: "10.1" }\naccounts: [{ name: a, role_arn: nonsense, regions: [] }]\n',
    );
    for (const expected of [
      /^PORT: /,
      /^EC2_CLIENT: /,
      /^colour: unknown setting \(line 1, column 1\)$/,
      /^regions, 1st entry: expected an AWS region .*, got "Frankfurt" \(line 2, column 11\)$/,
      /^hosts\.gpu-1: expected an IP address/,
      /^accounts, 1st entry, role_arn: expected the ARN/,
      /^accounts, 1st entry, regions: /,
    ])
      assert.ok(
        problems.some((problem) => expected.test(problem)),
        `${expected.source} in ${problems.join('; ')}`,
      );
    assert.equal(problems.length, 7);
  });

  test('do not show the value of a secret', () => {
    const secret = 'mysql://user:hunter2@db/x';
    const [problem] = problemsOf({ DATABASE_URL: secret });
    assert.match(problem ?? '', /^DATABASE_URL: expected a URL that begins with postgres/);
    assert.ok(!(problem ?? '').includes('hunter2'));
  });

  const durations = ['10', '-1s', 'soon', '1 year', ''];
  for (const text of durations) {
    test(`${JSON.stringify(text)} is no duration`, () => {
      assert.match(
        problemsOf({}, `give_up_after: { stop: ${JSON.stringify(text)} }`)[0] ?? '',
        /^give_up_after\.stop: expected a duration/,
      );
    });
  }

  const files: readonly (readonly [file: string, expected: RegExp])[] = [
    ['- a list', /a mapping of settings/],
    ['just words', /a mapping of settings/],
    ['port: [', /a missing bracket/],
    ['hosts: { 10.0.0.1: 10.0.0.2 }', /^hosts/],
    ['hosts: { i-0000000a: 10.0.0.2 }', /^hosts/],
    ['port: {}', /^port: /],
    [
      'prices: { "p4d.*": 12 }',
      /^prices\."p4d\.\*": expected an exact instance type such as g5\.xlarge, without a wildcard/,
    ],
    ['prices: { g5.xlarge: $1.01 }', /^prices\.g5\.xlarge: expected dollars an hour, such as 1\.006, got "\$1\.01"/],
    ['prices: { g5.xlarge: -1 }', /^prices\.g5\.xlarge: expected dollars an hour/],
    ['auth: off', /^auth: /],
    ['live: { only: { __proto__: dev } }', /^live\.only: expected no tag with the key __proto__/],
    ['auth: false', /^auth: /],
  ];
  for (const [file, expected] of files) {
    test(JSON.stringify(file), () => assert.match(problemsOf({}, file).join('; '), expected));
  }

  for (const [file, place] of [
    ['port: 1\nport: 2', 'line 2, column 1'],
    ['guards:\n  min_uptime: 1h\n  min_uptime: off', 'line 3, column 3'],
    ['tokens: [{ name: a, name: b }]', 'line 1, column 21'],
  ] as const) {
    test(`a setting that stands twice does not silently win: ${JSON.stringify(file)}`, () => {
      assert.deepEqual(problemsOf({}, file), [`expected each setting once, got this one again (${place})`]);
    });
  }

  test('are counted beyond those that people read', () => {
    const names = Array.from({ length: 60 }, (_, index) => `k${index}: 1`).join('\n');
    const problems = problemsOf({}, names);
    assert.equal(problems.length, 51);
    assert.match(problems[49] ?? '', /^k49: unknown setting .*line 50/);
    assert.equal(problems[50], 'and 10 more');
  });

  test('an alias bomb ends as an error', () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `l${level + 1}: &l${level + 1} [${Array(9).fill(`*l${level}`).join(', ')}]`,
    );
    assert.throws(() => loadConfig({}, ['l0: &l0 x', ...levels].join('\n')));
  });
});

describe('e-mail', () => {
  const smtp =
    'owners: { domains: [example.com] }\nsmtp: { url_file: /run/secrets/smtp, from: "ec2-operator <ec2@Example.com>" }';

  test('to the owner, or to addresses', () => {
    const config = loadConfig(
      {},
      `${smtp}
channels:
  - { name: owners, email: { to: owner } }
  - { name: ops, email: { to: [ann@example.com, Bob@Example.ORG] } }
`,
    );
    assert.deepEqual(
      config.channels.map(({ name, kind, openable: { toOwner, recipients } }) => ({ name, kind, toOwner, recipients })),
      [
        { name: 'owners', kind: 'email', toOwner: true, recipients: undefined },
        { name: 'ops', kind: 'email', toOwner: false, recipients: ['ann@example.com', 'Bob@example.org'] },
      ],
    );
    assert.deepEqual(config.smtp, {
      urlFile: '/run/secrets/smtp',
      from: { name: 'ec2-operator', address: 'ec2@example.com' },
      perSecond: 10,
    });
  });

  for (const [text, problem] of [
    [
      'owners: { domains: [example.com] }\nchannels: [{ name: owners, email: { to: owner } }]',
      /email: expected the settings smtp\.url_file and smtp\.from as well: owners sends e-mail/,
    ],
    [
      `${smtp}\nchannels: [{ name: ops, email: { to: ann@example.com } }]`,
      /email\.to: expected owner or a list, got text/,
    ],
    [`${smtp}\nchannels: [{ name: ops, email: { to: [] } }]`, /email\.to: expected 1 entry or more, got an empty list/],
    [
      `${smtp}\nchannels: [{ name: ops, email: { to: [ann] } }]`,
      /email\.to, 1st entry: expected an e-mail address such as ann@example\.com, got "ann"/,
    ],
    [
      "owners: { email: '{owner}@evil.example', domains: [example.com] }",
      /^owners\.email: expected a form that makes addresses of owners\.domains, .*, got "\{owner\}@evil\.example"/,
    ],
    [
      `channels: [{ name: ops, quiet_hours: '08:00-08:00', ntfy: { url: 'https://ntfy.sh', topic: t } }]`,
      /quiet_hours: expected quiet hours that end, such as 22:00-07:00/,
    ],
    [
      `channels: [{ name: ops, quiet_hours: '00:00-24:00', ntfy: { url: 'https://ntfy.sh', topic: t } }]`,
      /quiet_hours: expected quiet hours that end/,
    ],
    [`smtp: { url_file: x, from: ec2 }`, /^smtp\.from: expected an e-mail address such as ann@example\.com, got "ec2"/],
  ] as const) {
    test(`refused: ${text}`, () => assert.match(problemsOf({}, text).join('\n'), problem));
  }
});
