/** What the AWS SDK for JavaScript v3 throws, as Ec2Error. Its error classes are told apart by shape, so it is not loaded. */
import { z } from 'zod';
import { Ec2Error } from './port.ts';
import { reportedError, SET_UP } from './reported-error.ts';

const thrown = z.object({
  name: z.string(),
  message: z.string(),
  /** Node's own, such as ECONNRESET. */
  code: z.string().optional().catch(undefined),
  /** Set on errors that the service reported; the error's name is then the service's code. */
  /** The service's code; the SDK's name for it may end in `Exception`, where the code does not. */
  Code: z.string().min(1).optional().catch(undefined),
  $fault: z.string().optional(),
  $metadata: z.object({ httpStatusCode: z.number().optional(), requestId: z.string().optional() }).default({}),
});
type Thrown = z.output<typeof thrown>;

/** Reads whatever the SDK threw. Never throws. */
export function nativeError(error: unknown): Ec2Error {
  if (error instanceof Ec2Error) return error;
  const parsed = thrown.safeParse(error);
  if (!parsed.success) return new Ec2Error('ClientOutput', 'the AWS SDK failed without saying why', { cause: error });
  const { data } = parsed;
  // An answer without EC2's XML is named Unknown.
  if (data.$fault !== undefined && data.name !== 'Unknown') {
    return reportedError(data.Code ?? data.name, data.message, data.$metadata.requestId);
  }
  const { code, message } = localFailure(data);
  return new Ec2Error(code, message, { requestId: data.$metadata.requestId, cause: error });
}

function localFailure(error: Thrown): { readonly code: string; readonly message: string } {
  const { name, message, code = '' } = error;
  if (message.startsWith('Region is missing')) return { code: 'ClientMisconfigured', message: SET_UP.region };
  // Of the credentials' own sources `native-credentials.ts` tells. This is a role's answer without keys in it.
  if (name.endsWith('ProviderError')) return { code: 'ClientCredentials', message: firstLine(message) };
  if (code === 'ERR_INVALID_URL') return { code: 'ClientMisconfigured', message: SET_UP.endpoint };
  // The SDK names a reset connection TimeoutError too, so Node's code comes first.
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

/** Without the name of the SDK's package in front. */
function firstLine(message: string): string {
  return (message.split('\n', 1)[0] ?? '').replace(/^@\S+ - \[\w+\] /, '').slice(0, 300);
}
