/** The environment of the `aws` command: what AWS needs, and none of the operator's own secrets. */
import type { Environment } from '../config/environment.ts';

const PASSED_ON = new Set(
  [
    ['PATH', 'HOME', 'TMPDIR'],
    ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'],
    ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'],
  ].flat(),
);

/**
 * Chooses and adds. PYTHON* variables stay behind: they are for other programs, and some keep `aws` from starting.
 * Version 1 knows no option for the pager, so it is a variable; the others keep answers parseable and retries ours.
 */
export function cliEnvironment(environment: Environment): Environment {
  const passed = Object.entries(environment).filter(
    ([name, value]) => (PASSED_ON.has(name) || name.startsWith('AWS_')) && value !== undefined && value !== '',
  );
  return {
    ...Object.fromEntries(passed),
    AWS_PAGER: '',
    AWS_CLI_AUTO_PROMPT: 'off',
    AWS_CLI_ERROR_FORMAT: 'legacy',
    AWS_MAX_ATTEMPTS: '1',
    AWS_RETRY_MODE: 'standard',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
  };
}
