/** Settings of a login by a proxy that are valid and may surprise. `check-config` and the doctor tell the same. */
import type { Network } from './auth.ts';
import type { Config } from './schema.ts';

export interface ForwardedNote {
  readonly note: string;
  readonly remedy: string;
}

/** More addresses than the proxies of one house have. */
const WIDE_BITS = { ipv4: 20, ipv6: 64 } as const;

export function notesOnForwarded({
  login: { forwarded, oidc },
  people,
}: Pick<Config, 'login' | 'people'>): readonly ForwardedNote[] {
  if (forwarded === undefined) return [];
  const wide = forwarded.secret === undefined ? forwarded.trusted?.find(isWide) : undefined;
  const group = people.find((rule) => 'group' in rule);
  const hasGroups = forwarded.groups !== undefined || oidc?.groups_claim !== undefined;
  return [
    ...(wide === undefined
      ? []
      : [
          {
            note: `everybody who connects from ${tellNetwork(wide)} can claim to be anybody`,
            remedy:
              'name the addresses of the proxy alone in login.forwarded.trusted, or let it show a secret (secret_header, secret_file)',
          },
        ]),
    ...(group === undefined || hasGroups
      ? []
      : [
          {
            note: 'people names groups, and no header tells the groups of a person',
            remedy: 'set login.forwarded.groups_header',
          },
        ]),
  ];
}

function isWide([address, bits]: Network): boolean {
  return bits < WIDE_BITS[address.kind()];
}

function tellNetwork([address, bits]: Network): string {
  return `${address.toString()}/${bits}`;
}
