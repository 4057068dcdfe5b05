/** The people of the demo. Their tokens are no secrets: nothing there is real. */
import { createHash } from 'node:crypto';

/** The visitor of the demo is this person, and may do everything. */
export const VISITOR = 'ada';
export const TOKEN = 'demo-token-for-a-sandbox';

/** Own machines, and say what becomes of them. */
const COLLEAGUES = ['pia', 'tom', 'kim', 'noor', 'lee'] as const;
const ALERTMANAGER = 'alertmanager';

export function tokenOf(name: string): string {
  return name === VISITOR ? TOKEN : `demo-token-of-${name}-for-a-sandbox`;
}

export function as(name: string): { readonly authorization: string } {
  return { authorization: `Bearer ${tokenOf(name)}` };
}

export const AS_ALERTMANAGER = as(ALERTMANAGER);

/** The setting `tokens`, as YAML. */
export function tokenSettings(): string {
  const entries = [
    [VISITOR, 'admin'],
    [ALERTMANAGER, 'start, stop'],
    ...COLLEAGUES.map((name) => [name, 'read, start, stop'] as const),
  ] as const;
  return entries
    .map(([name, scopes]) => `  - { name: ${name}, scopes: [${scopes}], sha256: '${digestOf(tokenOf(name))}' }`)
    .join('\n');
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
