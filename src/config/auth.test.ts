import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConfigError, loadConfig } from './load.ts';

const HASH = 'ab'.repeat(32);

test('by default nothing is open and no proxy is trusted', () => {
  const config = loadConfig({});
  assert.deepEqual([config.tokens, config.trusted_proxies], [[], []]);
  assert.deepEqual([config.grafana_hmac, config.tls_cert, config.tls_client_ca], [undefined, undefined, undefined]);
});

test('tokens, a signature, proxies and certificates', () => {
  const config = loadConfig(
    { TLS_CERT: '/tls/tls.crt', TLS_KEY: '/tls/tls.key', TLS_CLIENT_CA: '/tls/ca.crt' },
    `
tokens:
  - { name: alertmanager, scopes: [stop], sha256: ${HASH}, expires: 2027-01-31 }
  - { name: ml-team, scopes: [read, start, stop], file: /run/secrets/ml, only: { team: ml }, expires: 2027-01-31T12:00:00+01:00 }
grafana_hmac: { secret_file: /run/secrets/grafana, timestamp_header: X-Grafana-Alerting-Timestamp, tolerance: 1m }
trusted_proxies: [10.0.0.0/8, 192.0.2.7, "fd00::/8", "::ffff:172.16.0.0/108", "::ffff:192.0.2.8"]
`,
  );
  assert.deepEqual(
    config.tokens.map(({ name, expires }) => [name, expires]),
    [
      ['alertmanager', Date.UTC(2027, 0, 31)],
      ['ml-team', Date.UTC(2027, 0, 31, 11)],
    ],
  );
  assert.deepEqual(config.grafana_hmac, {
    secret_file: '/run/secrets/grafana',
    header: 'X-Grafana-Alerting-Signature',
    timestamp_header: 'X-Grafana-Alerting-Timestamp',
    tolerance: 60_000,
    scopes: ['stop'],
  });
  assert.deepEqual(
    config.trusted_proxies.map(([address, bits]) => `${address.toString()}/${bits}`),
    ['10.0.0.0/8', '192.0.2.7/32', 'fd00::/8', '172.16.0.0/12', '192.0.2.8/32'],
  );
  assert.deepEqual([config.tls_cert, config.tls_client_ca], ['/tls/tls.crt', '/tls/ca.crt']);
});

describe('errors', () => {
  const token = `name: a, scopes: [stop]`;
  const wrong: readonly (readonly [file: string, expected: RegExp])[] = [
    [`tokens: [{ ${token} }]`, /^tokens, 1st entry: expected either sha256 or file \(line 1, column 10\)$/],
    [
      `tokens: [{ ${token}, sha256: ${HASH}, file: x }]`,
      /^tokens, 1st entry: expected either sha256 or file \(line 1, column 10\)$/,
    ],
    [`tokens: [{ ${token}, sha256: secret }]`, /^tokens, 1st entry, sha256: expected 64 hexadecimal digits/],
    [`tokens: [{ name: a b, scopes: [stop], file: x }]`, /^tokens, 1st entry, name: /],
    [`tokens: [{ name: a, scopes: [], file: x }]`, /^tokens, 1st entry, scopes: /],
    [`tokens: [{ name: a, scopes: [fly], file: x }]`, /^tokens, 1st entry, scopes, 1st entry: /],
    [`tokens: [{ name: a, scopes: [admin], file: x, only: { team: ml } }]`, /no `only` with the scope admin/],
    [`tokens: [{ ${token}, file: x, only: {} }]`, /^tokens, 1st entry, only: expected at least one tag/],
    [
      `tokens: [{ ${token}, file: x, only: { team: ml, __proto__: b } }]`,
      /^tokens, 1st entry, only: expected no tag with the key __proto__/,
    ],
    [`tokens: [{ ${token}, file: x, expires: soon }]`, /^tokens, 1st entry, expires: expected a date such as/],
    [
      `tokens: [{ ${token}, file: x }, { ${token}, file: y }]`,
      /^tokens, 2nd entry, name: expected a value that no earlier token has/,
    ],
    [
      `tokens: [{ ${token}, sha256: ${HASH} }, { name: b, scopes: [read], sha256: ${HASH} }]`,
      /^tokens, 2nd entry, sha256: expected a value that no earlier token has/,
    ],
    [
      `{ tokens: [{ name: grafana, scopes: [stop], file: x }], grafana_hmac: { secret_file: x } }`,
      /^tokens, 1st entry, name: expected another name than grafana/,
    ],
    [`grafana_hmac: {}`, /^grafana_hmac: expected either secret or secret_file \(line 1, column 1\)$/],
    [`grafana_hmac: { secret: short }`, /^grafana_hmac\.secret: /],
    [`grafana_hmac: { secret_file: x, header: "a b" }`, /^grafana_hmac\.header: /],
    [`grafana_hmac: { secret_file: x, tolerance: 5 }`, /^grafana_hmac\.tolerance: /],
    [`trusted_proxies: ["10.1"]`, /^trusted_proxies, 1st entry: expected a network such as 10\.0\.0\.0\/8/],
    [`trusted_proxies: [10.0.0.0/33]`, /^trusted_proxies, 1st entry: /],
    [`trusted_proxies: [proxy.example]`, /^trusted_proxies, 1st entry: /],
    [
      `{ auth_token: a, auth_token_file: b }`,
      /^auth_token_file: expected either auth_token_file or auth_token \(line 1, column 35\)$/,
    ],
    [`tls_cert: x`, /^tls_key: /],
    [`tls_key: x`, /^tls_cert: /],
    [`tls_client_ca: x`, /^tls_client_ca: expected tls_cert and tls_key with it/],
  ];
  for (const [file, expected] of wrong) {
    test(file, () => {
      assert.throws(
        () => loadConfig({}, file),
        (error) => {
          assert.ok(error instanceof ConfigError, String(error));
          assert.equal(error.problems.length, 1, error.message);
          assert.match(error.problems[0] ?? '', expected);
          return true;
        },
      );
    });
  }
});
