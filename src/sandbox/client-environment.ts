/** The variables that lead AWS clients to a sandbox. Its keys are no secrets. */

export const SANDBOX_KEY = 'AKIASANDBOX000000000';

/** Undefined means unset: a profile, for example, would lead clients past the sandbox. */
export type ClientEnvironment = Readonly<Record<string, string | undefined>>;

export function clientEnvironment(url: string, region = 'eu-central-1'): ClientEnvironment {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: SANDBOX_KEY,
    AWS_SECRET_ACCESS_KEY: 'sandbox',
    AWS_REGION: region,
    AWS_ENDPOINT_URL_EC2: undefined,
    AWS_ENDPOINT_URL_PRICING: undefined,
    AWS_ENDPOINT_URL_SCHEDULER: undefined,
    AWS_ENDPOINT_URL_STS: undefined,
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: undefined,
    AWS_DEFAULT_PROFILE: undefined,
    // The machine that it runs on is none of the sandbox's.
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PROFILE: undefined,
    AWS_SESSION_TOKEN: undefined,
  };
}
