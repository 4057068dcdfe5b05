import { isIPv4 } from 'node:net';

/** Whether a connection to the host stays on the machine. @param host a name or an address, IPv6 also as in URLs */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1');
  return name === '::1' || (isIPv4(name) && name.startsWith('127.')) || /^(?:.+\.)?localhost\.?$/i.test(name);
}
