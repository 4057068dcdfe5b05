/** Credentials that begin to belong to another account, as after a login elsewhere, must not lead addresses to its machines. */
import type { Place } from '../domain/instance.ts';
import { Ec2Error } from './port.ts';

/**
 * Told of the owners of the machines that a place shows, by their twelve digits.
 *
 * @throws Ec2Error ClientOtherAccount if the same credentials have shown machines of another account
 */
export type CheckOwners = (place: Place, owners: readonly string[]) => void;

/** Both clients share the check. It lasts as long as the process, so a restart is how the account is changed. */
export function createCheckOwners(): CheckOwners {
  const known = new Map<string, string>();
  return ({ account = '' }, owners) => {
    for (const owner of owners) {
      const before = known.get(account) ?? owner;
      if (before !== owner) {
        const message = `expected machines of account ${before}, as before, got those of account ${owner}: the credentials have changed. Bring back the former ones, or restart ec2-operator if it is to act in the other account`;
        throw new Ec2Error('ClientOtherAccount', message);
      }
      known.set(account, owner);
    }
  };
}
