/** How often a link may be pressed: each press asks EC2 and the store, and whoever has the link can repeat it. */

const PRESSES = 10;
const EVERY_MS = 60_000;

/** Beyond it, the link that was first pressed longest ago is forgotten. Only links with a right signature get here. */
const MAX_LINKS = 10_000;

/** @param monotonic a clock that only moves forward, in milliseconds @returns whether this press counts */
export function createPressLimit(monotonic: () => number = () => performance.now()): (token: string) => boolean {
  const links = new Map<string, { readonly since: number; presses: number }>();
  return (token) => {
    const now = monotonic();
    const known = links.get(token);
    if (known !== undefined && now - known.since < EVERY_MS) {
      known.presses += 1;
      return known.presses <= PRESSES;
    }
    links.delete(token);
    links.set(token, { since: now, presses: 1 });
    const [oldest] = links.keys();
    if (links.size > MAX_LINKS && oldest !== undefined) links.delete(oldest);
    return true;
  };
}
