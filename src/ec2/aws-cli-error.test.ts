import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cliError } from './aws-cli-error.ts';

const state = 'An error occurred (IncorrectInstanceState) when calling the StartInstances operation';
const wrong = "The instance 'i-0a1b2c3d' is not in a state from which it can be started.";

describe('a service error', () => {
  for (const [form, status, stderr] of [
    ['version 1', 255, `${state}: ${wrong}\n`],
    ['version 2', 254, `\n${state}: ${wrong}\n`],
    ['with retries', 254, `\n${state} (reached max retries: 0): ${wrong}\n`],
    ['version 2.34', 254, `\naws: [ERROR]: ${state}: ${wrong}\n`],
    ['with details', 254, `aws: [ERROR]: ${state}: ${wrong}\n\nAdditional error details:\nType: Sender\n`],
    ['after a warning', 255, `DeprecationWarning: An error occurred (Fake) long ago\n${state}: ${wrong}`],
  ] as const) {
    test(form, () => {
      const { code, message } = cliError({ status, stderr }, {});
      assert.deepEqual([code, message], ['IncorrectInstanceState', wrong]);
    });
  }

  test('the first code counts, even if the message quotes another', () => {
    const quoting = `${state}: no\nAn error occurred (DryRunOperation) when calling the StartInstances operation: x`;
    assert.equal(cliError({ status: 254, stderr: quoting }, {}).code, 'IncorrectInstanceState');
  });

  test('without the encoded message', () => {
    const stderr =
      'An error occurred (UnauthorizedOperation) when calling the StopInstances operation: You are not authorized to ' +
      'perform this operation. Encoded authorization failure message: c2VjcmV0\nc2VjcmV0\n';
    assert.equal(cliError({ status: 254, stderr }, {}).message, 'You are not authorized to perform this operation.');
  });

  test("the status as the code of a proxy's answer", () => {
    const stderr = 'An error occurred (503) when calling the DescribeInstances operation: Service Unavailable';
    assert.equal(cliError({ status: 254, stderr }, {}).code, 'ServiceUnavailable');
  });
});

describe('a failure before the service', () => {
  for (const [stderr, code] of [
    [
      'You must specify a region. You can also configure your region by running "aws configure".',
      'ClientMisconfigured',
    ],
    ['Unable to locate credentials. You can configure credentials by running "aws login".', 'ClientCredentials'],
    ['Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY', 'ClientCredentials'],
    ['The config profile (nope) could not be found', 'ClientMisconfigured'],
    ['aws: [ERROR]: The config profile (nope) could not be found', 'ClientMisconfigured'],
    ['Error loading SSO Token: Token for https://example.com does not exist', 'ClientCredentials'],
    ['Error when retrieving credentials from custom-process: exit 1', 'ClientCredentials'],
    ['Error when retrieving credentials from container-role: Error retrieving metadata', 'ClientCredentials'],
    ['Credentials were refreshed, but the refreshed credentials are still expired.', 'ClientCredentials'],
    ['The source_profile "gone" referenced in the profile "p" does not exist.', 'ClientCredentials'],
    ['The credential source "Nope" referenced in profile "p" is not valid.', 'ClientCredentials'],
    ['The profile "p" is configured to use SSO but is missing required configuration: sso_region', 'ClientCredentials'],
    ['Expecting value: line 1 column 1 (char 0)', 'ClientCredentials'],
    ['Could not connect to the endpoint URL: "http://127.0.0.1:1/"', 'ClientConnection'],
    ['Connection was closed before we received a valid response from endpoint URL: "http://x/".', 'ClientConnection'],
    ['SSL validation failed for https://x/ [SSL: CERTIFICATE_VERIFY_FAILED]', 'ClientConnection'],
    ['Read timeout on endpoint URL: "http://127.0.0.1:1/"', 'ClientTimeout'],
    ['Connect timeout on endpoint URL: "http://127.0.0.1:1/"', 'ClientTimeout'],
    ['Parameter validation failed:\nUnknown parameter in input: "Bogus"', 'ClientOutput'],
    ['', 'ClientOutput'],
  ] as const) {
    test(`${code}: ${stderr.slice(0, 60)}`, () => {
      assert.equal(cliError({ status: 255, stderr: `\n${stderr}\n` }, {}).code, code);
    });
  }

  test('the message names the source of credentials that the environment configures', () => {
    const stderr = 'Unable to locate credentials. You can configure credentials by running "aws configure".';
    for (const [environment, code, words] of [
      [{ AWS_EC2_METADATA_DISABLED: 'true' }, 'ClientMisconfigured', /set AWS_ACCESS_KEY_ID/],
      [{ AWS_ACCESS_KEY_ID: 'AKIA' }, 'ClientMisconfigured', /set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/],
      [{ AWS_PROFILE: 'team' }, 'ClientMisconfigured', /correct AWS_PROFILE/],
      [{ AWS_WEB_IDENTITY_TOKEN_FILE: '/token' }, 'ClientCredentials', /web identity token/],
      [{ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2' }, 'ClientCredentials', /credentials agent/],
      [{}, 'ClientCredentials', /hop limit/],
    ] as const) {
      const error = cliError({ status: 255, stderr }, environment);
      assert.equal(error.code, code);
      assert.match(error.message, words);
    }
    const lapsed = cliError({ status: 255, stderr: 'The SSO session has expired' }, { AWS_PROFILE: 'team' });
    assert.match(lapsed.message, /^the AWS profile gave no credentials/);
  });

  test('a quoted answer shows no secret', () => {
    const stderr = 'Error retrieving metadata: {"SecretAccessKey":"hush","Token":"hush"}';
    assert.doesNotMatch(cliError({ status: 255, stderr }, {}).message, /hush/);
  });

  test('a wrapper that finds no aws', () => {
    assert.equal(cliError({ status: 127, stderr: 'pyenv: aws: command not found' }, {}).code, 'ClientMissing');
  });

  test('the message shows the end of a traceback without access keys', () => {
    const stderr = `Traceback\n${'  File "x.py"\n'.repeat(100)}KeyError: AKIAIOSFODNN7EXAMPLE`;
    const { message } = cliError({ status: 1, stderr }, {});
    assert.match(message, /^aws ended with status 1: \.\.\..*KeyError: \[access key\]$/);
    assert.ok(message.length < 400);
  });
});
