/**
 * Which machines inputs have named validly, by rules of our own: not those of the operator's parsers, which are on trial.
 * Written for what the inputs here contain, and as strict as the documentation of the routes.
 */

export type Pass = 'describe' | 'start' | 'stop';

export interface Named {
  /** Takes note of what a webhook body names, that is let in at this route. `verbs`: false for a plan, which only looks. */
  readonly webhook: (route: 'instance' | 'hostname', body: unknown, verbs: boolean) => void;
  /** Takes note of what a person's request names. */
  readonly request: (route: 'instance' | 'hostname', parameters: URLSearchParams) => void;
  /** Whether somebody has validly named this id or address for that. */
  readonly has: (pass: Pass, idOrAddress: string) => boolean;
}

const FALSE = ['0', 'f', 'F', 'false', 'FALSE', 'False'];
const ID = /^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;

/** @param names the host names that there are */
export function createNamed(names: Readonly<Record<string, readonly string[]>>): Named {
  const named = new Set<string>();
  const note = (route: 'instance' | 'hostname', target: unknown, verbs: readonly unknown[], dryrun: unknown): void => {
    if (typeof target !== 'string') return;
    const isWet = FALSE.some((no) => no === dryrun);
    for (const machine of route === 'instance' ? [target].filter((id) => ID.test(id)) : machinesOf(target, names)) {
      named.add(`describe ${machine}`);
      if (isWet) for (const verb of verbs) if (typeof verb === 'string') named.add(`${verb} ${machine}`);
    }
  };
  return {
    webhook: (route, body, verbs) => {
      for (const alert of listOf(own(body, 'alerts'))) {
        const labels = own(alert, 'labels');
        const targets = route === 'instance' ? ['instance_id', 'instance'] : ['hostname'];
        const asked = verbs ? [own(labels, 'action'), own(labels, 'on_resolved')] : [];
        for (const name of targets) note(route, own(labels, name), asked, own(labels, 'dryrun'));
      }
    },
    request: (route, parameters) => {
      const target = parameters.get(route) ?? '';
      note(route, target, [parameters.get('action')], parameters.get('dryrun'));
      // A person may name a machine by its tag Name: exactly, so what is a wildcard to EC2 is escaped.
      if (route === 'hostname')
        for (const name of [target.trim(), hostOf(target)]) named.add(`describe ${escape(name)}`);
    },
    has: (pass, idOrAddress) => named.has(`${pass} ${idOrAddress}`),
  };
}

/** The id, or the addresses, that a host name stands for. */
function machinesOf(text: string, names: Readonly<Record<string, readonly string[]>>): readonly string[] {
  const host = hostOf(text);
  if (isIPv6(host)) return [canonical(host)];
  if (isIPv4(host)) return [host];
  const name = host.toLowerCase();
  const [, id, address] =
    /^(?:(i-[0-9a-f]+)|ip-(\d+-\d+-\d+-\d+))(?:\.(?:ec2|[a-z0-9-]+\.compute)\.internal)?$/.exec(name) ?? [];
  if (id !== undefined) return ID.test(id) ? [id] : [];
  if (address !== undefined) return [address.replaceAll('-', '.')].filter(isIPv4);
  return Object.hasOwn(names, name) ? (names[name] ?? []) : [];
}

/** Without port, brackets and final dot. */
function hostOf(text: string): string {
  return text
    .trim()
    .replace(/^\[(.*)\](?::\d{1,5})?$/, '$1')
    .replace(/^([^:]*):\d{1,5}$/, '$1')
    .replace(/\.$/, '');
}

function escape(text: string): string {
  return text.replaceAll(/[\\*?]/g, String.raw`\$&`);
}

function isIPv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
}

function isIPv6(text: string): boolean {
  return text.includes(':') && !text.includes('%') && URL.canParse(`http://[${text}]`);
}

/** As a URL spells it, which is as RFC 5952 does. */
function canonical(text: string): string {
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}

function own(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
