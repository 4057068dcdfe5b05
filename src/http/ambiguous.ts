/** Requests that Node accepts, and that a proxy before this server may read otherwise: it then protects another path than the one that is served. */
import type { IncomingMessage } from 'node:http';

type Head = Pick<IncomingMessage, 'rawHeaders' | 'httpVersionMajor' | 'url'>;

/**
 * Whether a request has more than one meaning: with two hosts (RFC 9112, 3.2, asks for 400), of another version of HTTP, with a host that is none
 * (in `Host: ß\metrics?`, it is the beginning of the path), with a target for another host, with a fragment, and with a path such as
 * `/l/%2e%2e/metrics`, which a proxy that opens `/l/` alone may let through.
 */
export function isAmbiguous({ rawHeaders, httpVersionMajor, url = '' }: Head): boolean {
  const [host = '', ...more] = hostsIn(rawHeaders);
  if (more.length > 0 || httpVersionMajor !== 1) return true;
  // HTTP/1.0 may name none.
  if (host !== '' && !HOST.test(host)) return true;
  return !isTargetAt(host, url) || DOT_SEGMENT.test(url) || url.includes('#');
}

/** A name or an address, IPv6 in brackets, and a port. Browsers write names of other scripts in these letters, too. */
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/** A segment `.` or `..` of the path, also percent-encoded, also between backslashes. */
const DOT_SEGMENT = /^[^?#]*[/\\](?:\.|%2e){1,2}(?:[/\\?#]|$)/i;

function hostsIn(rawHeaders: readonly string[]): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'host');
}

/** A path, or a whole address of the host that the request names (RFC 9112, 3.2.2). */
function isTargetAt(host: string, target: string): boolean {
  if (target.startsWith('/')) return true;
  const [, named] = /^https?:\/\/([^/]+)(?:\/|$)/.exec(target) ?? [];
  return named !== undefined && named.toLowerCase() === host.toLowerCase();
}
