/** The URL of the server that sends e-mail. It holds a password, so no message quotes any of it. */
import { isLoopback } from '../../domain/loopback.ts';
import { parsed, unparsed, type Parsed, type Unparsed } from '../../domain/parsed.ts';
import { readFilledFile } from '../../outgoing/token-file.ts';

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `begins`: TLS from the first byte; `upgraded`: by STARTTLS, or no mail at all; `none`: the connection is in the clear. */
  readonly tls: 'begins' | 'upgraded' | 'none';
  readonly login?: { readonly user: string; readonly password: string };
  /** The name that we give in EHLO. */
  readonly name?: string;
}

const FORM =
  'expected one URL such as smtp://user:password@mail.example.com:587 or smtps://user:password@mail.example.com, with special characters in the user and the password percent-encoded';
const PARAMETERS = 'expected no parameters of the URL but tls=required, tls=off and name=HOST';

/** @throws Error that does not quote the content */
export function readSmtpServer(file: string): { readonly text: string; readonly server: SmtpServer } {
  const text = readFilledFile(file);
  const server = parseSmtpUrl(text);
  if (!server.ok) throw new Error(`${server.message} (in the file ${file})`);
  return { text, server: server.value };
}

export function parseSmtpUrl(text: string): Parsed<SmtpServer> {
  const url = /^smtps?:\/\/[^\s\\]+$/.test(text) ? URL.parse(text) : null;
  if (url === null || url.hostname === '' || !/^\/?$/.test(url.pathname) || url.hash !== '') return unparsed(FORM);
  const user = decoded(url.username);
  const password = decoded(url.password);
  if (user === undefined || password === undefined || (user === '' && password !== '')) return unparsed(FORM);
  const asked = parametersOf(url.searchParams);
  if (!asked.ok) return asked;
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const isImplicit = url.protocol === 'smtps:';
  if (isImplicit && asked.tls === 'off') return unparsed('expected smtp:// with tls=off: smtps:// is TLS');
  // A server on this machine has no certificate for such a name.
  const upgrade = (asked.tls ?? (isLoopback(host) ? 'off' : 'required')) === 'required' ? 'upgraded' : 'none';
  return parsed({
    host,
    port: url.port === '' ? (isImplicit ? 465 : 587) : Number(url.port),
    tls: isImplicit ? 'begins' : upgrade,
    ...(user === '' ? {} : { login: { user, password } }),
    ...(asked.name === undefined ? {} : { name: asked.name }),
  });
}

type Parameters = { readonly ok: true; readonly tls?: 'off' | 'required'; readonly name?: string };

function parametersOf(given: URLSearchParams): Parameters | Unparsed {
  const keys = [...given.keys()];
  const tls = given.get('tls');
  const name = given.get('name');
  const isKnown = keys.every((key) => key === 'tls' || key === 'name') && new Set(keys).size === keys.length;
  if (!isKnown || (tls !== null && tls !== 'off' && tls !== 'required')) return unparsed(PARAMETERS);
  if (name !== null && !/^(?!-)[\w.:[\]-]{1,253}$/.test(name)) return unparsed(PARAMETERS);
  return { ok: true, ...(tls === null ? {} : { tls }), ...(name === null ? {} : { name }) };
}

function decoded(text: string): string | undefined {
  try {
    const given = decodeURIComponent(text);
    return /\p{Cc}/u.test(given) ? undefined : given;
  } catch {
    return undefined;
  }
}
