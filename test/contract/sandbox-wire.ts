/** Who calls where, for a raw call of the Query protocol. Everything has a default. */
export type WireCaller = Readonly<{
  key?: string;
  region?: string;
  service?: string;
  token?: string;
  /** Replaces the Authorization header; null sends none. */
  authorization?: string | null;
  method?: 'GET' | 'POST';
}>;

/** What came back. */
export type WireAnswer = Readonly<{ status: number; text: string }>;

/** Sends a call as it is, without a client's checks and retries. A parameter that is an array becomes `Name.1`… */
export async function callSandbox(
  url: string,
  action: string,
  parameters: Readonly<Record<string, string | readonly string[]>> = {},
  caller: WireCaller = {},
): Promise<WireAnswer> {
  const { key = 'AKIATEST', region = 'eu-central-1', service = 'ec2', token, method = 'POST' } = caller;
  const scope = `AWS4-HMAC-SHA256 Credential=${key}/20261122/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
  const authorization = caller.authorization === undefined ? scope : caller.authorization;
  const form = new URLSearchParams({ Action: action, Version: service === 'sts' ? '2011-06-15' : '2016-11-15' });
  for (const [name, value] of Object.entries(parameters)) {
    if (typeof value === 'string') form.set(name, value);
    else value.forEach((entry, index) => form.set(`${name}.${index + 1}`, entry));
  }
  const headers = new Headers();
  if (authorization !== null) headers.set('authorization', authorization);
  if (token !== undefined) headers.set('x-amz-security-token', token);
  const answer =
    method === 'GET'
      ? await fetch(`${url}/?${form.toString()}`, { headers })
      : await fetch(url, { method, headers, body: form });
  return { status: answer.status, text: await answer.text() };
}

/** The text of every element of this name, in order. Enough for answers whose texts hold no markup. */
export function elements({ text }: WireAnswer, name: string): readonly string[] {
  return [...text.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, content]) => content ?? '');
}

/** The parameters of filters, each a name with its values. */
export function filters(...list: readonly (readonly [name: string, ...values: string[]])[]): Record<string, string> {
  return Object.fromEntries<string>(
    list.flatMap(([name, ...values], index): [string, string][] => [
      [`Filter.${index + 1}.Name`, name],
      ...values.map((value, place): [string, string] => [`Filter.${index + 1}.Value.${place + 1}`, value]),
    ]),
  );
}
