/** The members of the workspace, by their e-mail addresses. */
import * as z from 'zod';
import { callSlack, type SlackApi, type SlackError } from './call.ts';

/** The id of the member with this address, or why there is none. */
export type FindMember = (email: string, signal: AbortSignal) => Promise<string | SlackError>;

/** A thousand machines of one owner may fall idle together, and Slack answers 50 of these questions a minute. */
const KEPT_MS = 600_000;
const MOST_KEPT = 1_000;

const foundSchema = z.looseObject({ user: z.looseObject({ id: z.string(), deleted: z.boolean().optional() }) });

export function createFindMember(api: SlackApi, clock: () => number): FindMember {
  const kept = new Map<string, { readonly id: string; readonly until: number }>();
  return async (email, signal) => {
    const known = kept.get(email);
    if (known !== undefined && known.until > clock()) return known.id;
    const answer = await callSlack(api, 'users.lookupByEmail', { email }, signal);
    if (!answer.ok) return answer;
    const user = foundSchema.safeParse(answer.body).data?.user;
    if (user === undefined) return { ok: false, error: 'unreachable', detail: 'an answer without a member' };
    if (user.deleted === true) return { ok: false, error: 'user_disabled' };
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(email, { id: user.id, until: clock() + KEPT_MS });
    return user.id;
  };
}
