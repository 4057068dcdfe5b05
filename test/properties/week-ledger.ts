/**
 * The ledger of a week, as a person would keep it by hand: what was said about each machine, and until when it counts. It shares
 * no code with the operator.
 */
export const MINUTE = 60_000;

export interface Page {
  readonly team: string;
  /** The ends of the holds, by holder. */
  readonly holds: Map<string, number>;
  leasedUntil?: number;
  /** The end that the tag says; infinite for one that is not understood. */
  taggedUntil?: number;
  /** When the alert that asks for a stop began, while it fires. */
  idleSince?: number;
  /** When a person last started the machine, or cancelled a stop of it. */
  wantedAt: number;
  launchedAt: number;
}

interface PausedFor {
  readonly team?: string;
  readonly until: number;
}

export interface Ledger {
  readonly pages: readonly Page[];
  readonly pauses: Map<string, PausedFor>;
}

export function newLedger(teams: readonly string[], now: number): Ledger {
  const pages = teams.map((team): Page => ({
    team,
    holds: new Map(),
    wantedAt: -Infinity,
    launchedAt: now - 1_440 * MINUTE,
  }));
  return { pages, pauses: new Map() };
}

/** Why the operator must not stop this machine of its own accord at that moment; undefined when it may. */
export function whyNot({ pauses }: Ledger, page: Page, at: number): string | undefined {
  for (const [who, until] of page.holds) if (until > at) return `${who} holds it until ${time(until)}`;
  if ((page.taggedUntil ?? -Infinity) > at) return `its tag holds it until ${String(page.taggedUntil)}`;
  for (const { team, until } of pauses.values())
    if (until > at && (team === undefined || team === page.team)) return `a pause until ${time(until)}`;
  if (page.leasedUntil !== undefined)
    return page.leasedUntil > at ? `leased until ${time(page.leasedUntil)}` : undefined;
  if (page.idleSince === undefined) return 'no alert asks for it';
  if (page.idleSince <= page.wantedAt) return `a person wanted it at ${time(page.wantedAt)}`;
  return page.launchedAt > page.idleSince ? `it was launched at ${time(page.launchedAt)}` : undefined;
}

/** Whether the machine has to be stopped once everything else is over. */
export function mustStop(ledger: Ledger, page: Page, at: number): boolean {
  return whyNot(ledger, page, at) === undefined;
}

function time(at: number): string {
  return Number.isFinite(at) ? new Date(at).toISOString() : 'further notice';
}
