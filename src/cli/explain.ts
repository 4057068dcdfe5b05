/** Explains why the server could not be asked, and what to do. */
import { problemAnswer } from './answers.ts';
import { CommandError, EXIT } from './command-error.ts';

/** Explains an error of `fetch`. Its message is only "fetch failed"; the reason is in its cause. */
export function explainFailure(error: unknown, base: URL): string {
  const where = `the server at ${base.origin}`;
  if (error instanceof Error && error.name === 'TimeoutError') return `${where} did not answer in time`;
  const code = codeOf(error);
  const known = code === undefined ? undefined : MEANINGS[code];
  if (known !== undefined) return `${where} ${known}`;
  if (code !== undefined && /CERT|ISSUER|SELF_SIGNED|VERIFY|ALTNAME/.test(code)) {
    return `${where} has a certificate that is not trusted (${code}): for a private certificate authority, set NODE_EXTRA_CA_CERTS to its PEM file`;
  }
  return `${where} cannot be asked (${code ?? reasonOf(error)}): check EC2_OPERATOR_URL`;
}

const MEANINGS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses the connection: is it running? EC2_OPERATOR_URL says where it is',
  ENOTFOUND: 'has a name that does not resolve: check EC2_OPERATOR_URL',
  EAI_AGAIN: 'has a name that cannot be resolved at the moment',
  ECONNRESET: 'closed the connection',
  UND_ERR_SOCKET: 'closed the connection',
  UND_ERR_CONNECT_TIMEOUT: 'does not answer: check EC2_OPERATOR_URL and the network in between',
  ERR_SSL_WRONG_VERSION_NUMBER: 'does not speak TLS: should EC2_OPERATOR_URL begin with http://?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'does not speak TLS: should EC2_OPERATOR_URL begin with http://?',
};

function codeOf(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    // An error for each address that was tried.
    if (at instanceof AggregateError) return codeOf(at.errors[0]);
  }
  return undefined;
}

function reasonOf(error: unknown): string {
  let reason = '';
  for (let at = error; at instanceof Error; at = at.cause) reason = at.message;
  return reason;
}

/**
 * The error for an answer with this status.
 *
 * @param sent where the token is from that was sent
 */
export function explainStatus(response: Response, body: unknown, base: URL, sent?: string): CommandError {
  const { status } = response;
  const problem = problemAnswer.safeParse(body);
  const detail = problem.success ? problem.data.detail : undefined;
  const fail = (code: number, message: string): CommandError => new CommandError(code, message, { status });
  if (status === 401) {
    const why =
      sent === undefined
        ? 'requires a token: set EC2_OPERATOR_TOKEN or EC2_OPERATOR_TOKEN_FILE'
        : `does not accept the token in ${sent}`;
    return fail(EXIT.unreachable, `the server at ${base.origin} ${why}${because(detail)}`);
  }
  if (status === 403) return fail(EXIT.unreachable, `the token does not allow this${because(detail)}`);
  if (status === 429) {
    const after = response.headers.get('retry-after');
    const when = after === null ? 'later' : `in ${after} s`;
    return fail(EXIT.unreachable, `too many requests: try again ${when}${because(detail)}`);
  }
  if (detail === undefined) {
    const type = response.headers.get('content-type') ?? 'no content type';
    return fail(
      EXIT.unreachable,
      `expected an answer of ec2-operator from ${base.origin}${base.pathname}, got status ${status} with ${type}: check EC2_OPERATOR_URL`,
    );
  }
  if (status >= 500) return fail(EXIT.unreachable, `the server answered ${status}: ${detail}`);
  if (status === 404 || status === 409) return fail(EXIT.failed, detail);
  return fail(EXIT.usage, detail);
}

function because(detail: string | undefined): string {
  return detail === undefined ? '' : ` (${detail})`;
}
