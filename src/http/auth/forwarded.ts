/** What a proxy in front of the server says about the person who asks (`login.forwarded`). */
import { timingSafeEqual } from 'node:crypto';
import type { ForwardedSetting } from '../../config/forwarded.ts';
import { withoutSpace } from '../../domain/http-space.ts';
import { quote } from '../../domain/parsed.ts';
import { parseUser, type Person } from '../../domain/person.ts';
import { ProblemError } from '../problem.ts';
import type { FewLines } from './few-lines.ts';
import { isTrusted } from './remote.ts';
import { digestOf, type Presented } from './sender.ts';

/** @returns undefined where no proxy that is believed names a person. @throws ProblemError with 403 where one does in an odd way */
export type ReadForwarded = (
  presented: Pick<Presented, 'headers' | 'rawHeaders' | 'peer' | 'remote'>,
) => Person | undefined;

interface Parts {
  /** The secret at this moment; undefined when its file is missing, or no secret is asked for. */
  readonly secret: () => string | undefined;
  readonly warnSparingly: FewLines;
}

export function createReadForwarded(setting: ForwardedSetting, { secret, warnSparingly }: Parts): ReadForwarded {
  const isBelieved = ({ headers, peer }: Pick<Presented, 'headers' | 'peer'>): boolean => {
    if (setting.trusted !== undefined && !isTrusted(setting.trusted, peer)) return false;
    if (setting.secret === undefined) return true;
    const [expected, given] = [secret(), headers.get(setting.secret.header)];
    return expected !== undefined && given !== null && timingSafeEqual(digestOf(expected), digestOf(given));
  };
  return (presented) => {
    const given = countHeaders(presented.rawHeaders);
    if (!given.has(setting.user.toLowerCase())) return undefined;
    if (!isBelieved(presented)) {
      const { peer, remote } = presented;
      warnSparingly(
        { peer, remote },
        `the header ${setting.user} was ignored: it did not come from a proxy that login.forwarded trusts`,
      );
      return undefined;
    }
    const user = readUser(setting, presented.headers, given);
    return { user, groups: readGroups(setting, presented.headers, given) };
  };
}

function readUser({ user: name, userPattern }: ForwardedSetting, headers: Headers, given: Given): string {
  requireOne(name, given);
  const user = parseUser(headers.get(name) ?? '', `the header ${name}`);
  if (!user.ok) throw refused(user.message);
  if (userPattern !== undefined && !userPattern.test(user.value))
    throw refused(`expected a user in ${name} that login.forwarded.user_pattern matches, got ${quote(user.value)}`);
  return user.value;
}

function readGroups({ groups: name }: ForwardedSetting, headers: Headers, given: Given): readonly string[] {
  if (name === undefined || !given.has(name.toLowerCase())) return [];
  requireOne(name, given);
  return (headers.get(name) ?? '')
    .split(',')
    .map(withoutSpace)
    .filter((group) => group !== '');
}

/** How often each header came, by its name in lower case with dashes, and whether it was always written with dashes. */
type Given = ReadonlyMap<string, { readonly count: number; readonly isPlain: boolean }>;

/** Some servers read `X_Forwarded_User` as `X-Forwarded-User`, so a proxy may leave such a header of the sender in place. */
function countHeaders(rawHeaders: readonly string[]): Given {
  const given = new Map<string, { count: number; isPlain: boolean }>();
  for (const name of rawHeaders.filter((_, index) => index % 2 === 0)) {
    const known = name.toLowerCase().replaceAll('_', '-');
    const { count, isPlain } = given.get(known) ?? { count: 0, isPlain: true };
    given.set(known, { count: count + 1, isPlain: isPlain && !name.includes('_') });
  }
  return given;
}

function requireOne(name: string, given: Given): void {
  const { count, isPlain } = given.get(name.toLowerCase()) ?? { count: 0, isPlain: true };
  if (count === 1 && isPlain) return;
  const got = isPlain ? `${count} of them` : 'one with underscores';
  throw refused(`expected one header ${name} from the proxy, got ${got}: let the proxy remove what its senders write`);
}

function refused(message: string): ProblemError {
  return new ProblemError(403, message);
}
