/** The environment of the `aws` command: what AWS needs, and none of the operator's own secrets. */
import { readVariable, type Environment } from '../config/environment.ts';
import { noProxyFor, proxiesOf } from './network.ts';
import { profileOf } from './shared-config.ts';

const PASSED_ON = new Set(
  [
    ['PATH', 'HOME', 'TMPDIR', 'USER', 'LOGNAME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_RUNTIME_DIR'],
    ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'],
    ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'],
  ].flat(),
);

interface CliNeeds {
  /** Further variables to pass on, for a `credential_process`. */
  readonly names?: readonly string[];
  /** The URLs that `aws` calls. */
  readonly urls?: readonly (string | undefined)[];
}

/**
 * Chooses and adds variables. PYTHON* variables are left out, because some keep `aws` from starting. The added ones turn off the
 * pager (version 1 has no option for it), keep answers parseable and leave retries to the engine.
 */
export function cliEnvironment(environment: Environment, { names = [], urls = [] }: CliNeeds = {}): Environment {
  const passed = Object.entries(environment).filter(
    ([name, value]) =>
      (PASSED_ON.has(name) || name.startsWith('AWS_') || names.includes(name)) && value !== undefined && value !== '',
  );
  // `aws` prefers AWS_DEFAULT_PROFILE to AWS_PROFILE.
  const profile = profileOf(environment);
  return {
    ...Object.fromEntries(passed.filter(([name]) => name !== 'AWS_DEFAULT_PROFILE')),
    ...(profile === undefined ? {} : { AWS_PROFILE: profile }),
    ...metadataVariables(environment),
    ...proxyVariables(environment, urls),
    AWS_PAGER: '',
    AWS_CLI_AUTO_PROMPT: 'off',
    AWS_CLI_ERROR_FORMAT: 'legacy',
    AWS_MAX_ATTEMPTS: '1',
    AWS_RETRY_MODE: 'standard',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
  };
}

/** Older versions append the path without a slash. */
function metadataVariables(environment: Environment): Environment {
  const endpoint = readVariable(environment, 'AWS_EC2_METADATA_SERVICE_ENDPOINT');
  return endpoint === undefined ? {} : { AWS_EC2_METADATA_SERVICE_ENDPOINT: `${endpoint.replace(/\/+$/, '')}/` };
}

/** Without these `aws` asks a proxy for credentials. */
function proxyVariables(environment: Environment, urls: CliNeeds['urls'] = []): Environment {
  const proxies = proxiesOf(environment);
  if (proxies === undefined) return {};
  const direct = noProxyFor(proxies, urls);
  return { NO_PROXY: direct, no_proxy: direct };
}
