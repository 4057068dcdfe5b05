/** The ways in which a request says who its sender is: a token, the cookie of a session, or the headers of a trusted proxy. */
import { grantsFor, nameOfPerson, type PeopleRule } from '../../domain/person.ts';
import { hasCookie } from './cookie.ts';
import type { ReadForwarded } from './forwarded.ts';
import { mayRead, type Origins } from './origin.ts';
import { readCredentials, unauthorized, type Authenticate, type AuthenticateToken, type Sender } from './sender.ts';
import type { Sessions } from './sessions.ts';

interface Ways {
  readonly byToken: AuthenticateToken;
  readonly sessions: Pick<Sessions, 'read'>;
  /** Absent where no proxy is trusted. */
  readonly readForwarded?: ReadForwarded;
  readonly people: readonly PeopleRule[];
  readonly origins: Pick<Origins, 'kinds' | 'requireOwn'>;
}

/**
 * A token counts before everything else: its sender has added it on purpose. So does a session before a proxy's headers: a person has
 * pasted a token to do more than the proxy's login lets her.
 */
export function createAuthenticate({ byToken, sessions, readForwarded, people, origins }: Ways): Authenticate {
  return async (presented) => {
    const { headers, use } = presented;
    const hasToken = readCredentials(headers.get('authorization')) !== undefined;
    if (hasToken || use === 'program' || (use === 'read' && !mayRead(headers))) return byToken(headers);
    const kinds = origins.kinds(headers);
    const forwarded = (): Sender | undefined => {
      const person = readForwarded?.(presented);
      return person && { name: nameOfPerson(person), grants: grantsFor(person, people), isForwarded: true };
    };
    const sender = (await sessions.read(headers, kinds)) ?? forwarded();
    if (sender === undefined) {
      if (kinds.some((kind) => hasCookie(headers, kind))) throw unauthorized('the session has ended: log in again');
      return byToken(headers);
    }
    if (use === 'change') origins.requireOwn(headers);
    return sender;
  };
}
