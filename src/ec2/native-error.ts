/** Errors of the AWS SDK for JavaScript v3 as Ec2Error. They are told apart by shape, so that the SDK need not be loaded. */
import { z } from 'zod';
import { Ec2Error } from './port.ts';
import { reportedError, SET_UP } from './reported-error.ts';

const thrown = z.object({
  name: z.string(),
  message: z.string(),
  /** Node's own, such as ECONNRESET. */
  code: z.string().optional().catch(undefined),
  /** The service's code; the error's name may have `Exception` added. */
  Code: z.string().min(1).optional().catch(undefined),
  /** Set on errors that the service reported. */
  $fault: z.string().optional(),
  $metadata: z.object({ httpStatusCode: z.number().optional(), requestId: z.string().optional() }).default({}),
});
type Thrown = z.output<typeof thrown>;

/** Never throws. */
export function nativeError(error: unknown): Ec2Error {
  if (error instanceof Ec2Error) return error;
  const parsed = thrown.safeParse(error);
  if (!parsed.success) return new Ec2Error('ClientOutput', 'the AWS SDK failed without saying why', { cause: error });
  const { data } = parsed;
  // The SDK names an answer without EC2's XML Unknown.
  if (data.$fault !== undefined && data.name !== 'Unknown') {
    return reportedError(data.Code ?? data.name, data.message, data.$metadata.requestId);
  }
  const { code, message } = localFailure(data);
  return new Ec2Error(code, message, { requestId: data.$metadata.requestId, cause: error });
}

function localFailure(error: Thrown): { readonly code: string; readonly message: string } {
  const { name, message, code = '' } = error;
  if (message.startsWith('Region is missing')) return { code: 'ClientMisconfigured', message: SET_UP.region };
  // `native-credentials.ts` reads the errors of the process's own credentials. This is a role's answer without keys.
  if (name.endsWith('ProviderError')) return { code: 'ClientCredentials', message: firstLine(message) };
  if (code === 'ERR_INVALID_URL') return { code: 'ClientMisconfigured', message: SET_UP.endpoint };
  // The SDK also names a reset connection TimeoutError, so Node's code comes first.
  if (code !== '' && code !== 'ETIMEDOUT') {
    return { code: 'ClientConnection', message: `no answer from AWS: ${firstLine(message)}` };
  }
  if (code === 'ETIMEDOUT' || name === 'TimeoutError' || name === 'AbortError') {
    return { code: 'ClientTimeout', message: `no answer from AWS in time: ${firstLine(message)}` };
  }
  const status = error.$metadata.httpStatusCode;
  if (status !== undefined && status >= 500) {
    return { code: 'ServiceUnavailable', message: `HTTP status ${status} with an answer that is not EC2's` };
  }
  const from = status === undefined ? '' : ` with HTTP status ${status}`;
  return { code: 'ClientOutput', message: `an answer${from} that cannot be read: ${firstLine(message)}` };
}

/** The first line without the name of the SDK's package in front. */
function firstLine(message: string): string {
  return (message.split('\n', 1)[0] ?? '').replace(/^@\S+ - \[\w+\] /, '').slice(0, 300);
}
