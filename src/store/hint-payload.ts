/** Hints as PostgreSQL's notifications carry them: `REPLICA i-1 i-2`, or `REPLICA *` for all. */
import { MOST_HINTED, type Hint } from '../domain/hint.ts';

/** PostgreSQL takes payloads of less than 8,000 bytes. */
const MOST_BYTES = 7_900;
const ALL = '*';
const ID = /^[\w-]{1,60}$/;

/** @param replica the one that sends it, without spaces */
export function toPayload(replica: string, hint: Hint): string {
  const ids = 'all' in hint || !hint.machines.every((id) => ID.test(id)) ? [ALL] : hint.machines;
  const payload = [replica, ...ids].join(' ');
  return Buffer.byteLength(payload) > MOST_BYTES ? `${replica} ${ALL}` : payload;
}

/**
 * Everybody who may log in to the database can send notifications, so a payload may be anything.
 *
 * @returns undefined for what this replica has sent itself; `all` for what is not understood
 */
export function readPayload(replica: string, payload: string): Hint | undefined {
  const [sender = '', ...ids] = payload.split(' ');
  if (sender === replica) return undefined;
  const isUnderstood = ids.length <= MOST_HINTED && [sender, ...ids].every((id) => ID.test(id));
  return isUnderstood ? { machines: ids } : { all: true };
}
