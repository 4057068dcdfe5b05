/** Sessions of people in browsers: begun, read at each request, and ended on all replicas. */
import { randomBytes } from 'node:crypto';
import type { Config } from '../../config/schema.ts';
import {
  grantsFor,
  groupsThatCount,
  nameOfPerson,
  parseUser,
  type PeopleRule,
  type Person,
} from '../../domain/person.ts';
import type { SessionStore } from '../../store/session-port.ts';
import type { Store } from '../../store/port.ts';
import { ProblemError } from '../problem.ts';
import { cookiesOf, hasCookie, lengthOf, LONGEST_COOKIE, readCookie, writeCookie, type CookieKind } from './cookie.ts';
import { createEndedSessions } from './ended-sessions.ts';
import { digestOf, grantOf, nameOfToken, type KnownToken, type Sender } from './sender.ts';
import { markOf, openSession, sealSession, type Session, type SessionLogin } from './session.ts';

/** A person who has just logged in, and how. */
export type Proved =
  | { readonly way: 'token'; readonly token: KnownToken }
  /** `at`: by the clock of the provider. */
  | ({ readonly way: 'oidc'; readonly at?: number } & Person);

export interface Sessions {
  /**
   * Begins a session with a new id, and ends the one that the browser has brought along.
   *
   * @throws ProblemError with 403 for a person whom records cannot name, or with more groups than a cookie holds
   */
  readonly begin: (proved: Proved, kind: CookieKind, headers: Headers) => Promise<Changed>;
  /** The sender that the request's cookie stands for now. @param kinds the cookies that count */
  readonly read: (headers: Headers, kinds: readonly CookieKind[]) => Promise<Sender | undefined>;
  /** Ends the sessions of all of the request's cookies, which the browser is to forget. */
  readonly end: (headers: Headers) => Promise<Changed>;
}

export interface Changed {
  /** The values of `Set-Cookie`. */
  readonly cookies: readonly string[];
  /** Whether a session has ended that counted until now. */
  readonly hasEnded: boolean;
}

export interface SessionParts {
  readonly store: Pick<Store, 'readSetting' | 'writeSettingOnce'> & Pick<SessionStore, 'endSession' | 'endedSessions'>;
  /** The tokens of this name that are valid now. A token of the file and a stored one may have the same. */
  readonly findNamed: (name: string) => Promise<readonly KnownToken[]>;
  readonly people: readonly PeopleRule[];
  /** As `markProvider`; undefined where people do not log in so. */
  readonly provider: string | undefined;
  readonly clock: () => number;
  /** A clock that only moves forward, in milliseconds. */
  readonly now?: () => number;
}

const HOUR = 60 * 60_000;
/** A provider may have shut a person out since. A token is looked up at each request, so its session may last. */
const LASTS_MS = { token: 7 * 24 * HOUR, oidc: 8 * HOUR } as const;

/**
 * How far the clock of the replica that began a session may be ahead. A session of a later time does not count yet: begun by a clock that was
 * months ahead, it would last for months.
 */
const AHEAD_MS = 5 * 60_000;

const KINDS = ['secure', 'plain'] as const satisfies readonly CookieKind[];

export function createSessions(parts: SessionParts): Sessions {
  const { store, clock, now = () => performance.now() } = parts;
  const keyOf = createKey(store);
  const ended = createEndedSessions(store, clock, now);
  const counts = ({ login, issuedAt, expiresAt }: Session): boolean => {
    const at = clock();
    return issuedAt - AHEAD_MS <= at && at < Math.min(expiresAt, issuedAt + LASTS_MS[login.way]);
  };
  const end: Sessions['end'] = async (headers) => {
    const kinds = KINDS.filter((kind) => hasCookie(headers, kind));
    let hasEnded = false;
    // Of two, neither counts. All the same the person's own has to end: a copy of it would count.
    for (const cookie of kinds.flatMap((kind) => cookiesOf(headers, kind))) {
      const session = openSession(await keyOf(), cookie);
      if (session === undefined || (await ended.has(session.id))) continue;
      hasEnded ||= counts(session);
      // Also one that does not count: by the clock of another replica it may.
      await ended.add(session);
    }
    return { cookies: kinds.map((kind) => writeCookie(kind, '', 0)), hasEnded };
  };
  return {
    begin: async (proved, kind, headers) => {
      const key = await keyOf();
      const issuedAt = beginOf(proved, clock());
      const lastsMs = LASTS_MS[proved.way];
      const session: Session = {
        id: randomBytes(18).toString('base64url'),
        login: loginOf(proved, key, parts),
        issuedAt,
        expiresAt: issuedAt + lastsMs,
      };
      const value = sealSession(key, session);
      requireShort(kind, value, session.login);
      const { hasEnded } = await end(headers);
      return { cookies: [writeCookie(kind, value, lastsMs)], hasEnded };
    },
    read: async (headers, kinds) => {
      for (const kind of kinds) {
        const cookie = readCookie(headers, kind);
        const session = cookie === undefined ? undefined : openSession(await keyOf(), cookie);
        if (session === undefined || !counts(session) || (await ended.has(session.id))) continue;
        const sender = await senderOf(parts, session.login, await keyOf());
        if (sender !== undefined) return sender;
      }
      return undefined;
    },
    end,
  };
}

/** The clock of the provider counts where ours is ahead of it: with that of this replica alone, the session would last longer on all others. */
function beginOf(proved: Proved, now: number): number {
  return proved.way === 'oidc' ? Math.min(now, proved.at ?? now) : now;
}

function requireShort(kind: CookieKind, value: string, login: SessionLogin): void {
  const length = lengthOf(kind, value);
  if (length <= LONGEST_COOKIE || login.way === 'token') return;
  throw new ProblemError(
    403,
    `expected the groups of ${nameOfPerson(login)} that people names to fit into a cookie of ${LONGEST_COOKIE} bytes, got ${length} bytes with ${login.groups.length} groups: name the user there instead of so many groups`,
  );
}

type Provider = Pick<NonNullable<Config['login']['oidc']>, 'issuer' | 'client_id' | 'user_claim' | 'groups_claim'>;

/**
 * Names the provider, and what the settings read of its answers. A session keeps the name and the groups that were read at the login: by
 * other settings they may be those of another person.
 */
export function markProvider({ issuer, client_id: client, user_claim: user, groups_claim: groups }: Provider): string {
  return digestOf(JSON.stringify([issuer, client, user, groups]))
    .toString('base64url')
    .slice(0, 16);
}

/** All replicas sign with the same key, which the first of them makes. */
function createKey(store: SessionParts['store']): () => Promise<string> {
  let known: Promise<string> | undefined;
  const read = async (): Promise<string> =>
    (await store.readSetting('session_key')) ??
    (await store.writeSettingOnce('session_key', randomBytes(32).toString('base64url')));
  return async () => {
    try {
      return await (known ??= read());
    } catch (error) {
      known = undefined;
      throw error;
    }
  };
}

function loginOf(proved: Proved, key: string, { people, provider = '' }: SessionParts): SessionLogin {
  if (proved.way === 'oidc') {
    const { way, groups } = proved;
    const user = parseUser(proved.user, 'the login provider');
    if (!user.ok) throw new ProblemError(403, user.message);
    return { way, provider, user: user.value, groups: [...groupsThatCount(groups, people)] };
  }
  const { name, sha256 } = proved.token;
  return { way: 'token', token: name, mark: markOf(key, sha256) };
}

/** What the session allows now: its token may have been revoked, and the settings changed. */
async function senderOf(
  { findNamed, people, provider }: SessionParts,
  login: SessionLogin,
  key: string,
): Promise<Sender | undefined> {
  if (login.way === 'oidc')
    return login.provider === provider ? { name: nameOfPerson(login), grants: grantsFor(login, people) } : undefined;
  const token = (await findNamed(login.token)).find(({ sha256 }) => markOf(key, sha256) === login.mark);
  return token && { name: nameOfToken(token), grants: [grantOf(token)] };
}
