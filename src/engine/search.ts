/** Searches several places at once, of which some may not answer: one broken account must not break the others. */
import { describePlace, type Instance, type Place } from '../domain/instance.ts';
import type { Client } from '../domain/intent.ts';
import { meaningOf } from '../ec2/error-table.ts';
import { Ec2Error, type LookupBy } from '../ec2/port.ts';
import { tellError } from '../ec2/remedies.ts';
import type { Ec2Batches } from './ec2-batches.ts';

export interface Searched {
  readonly found: readonly Instance[];
  /** The places that could not be searched. */
  readonly broken: readonly Broken[];
}

interface Broken {
  readonly place: Place;
  readonly error: Ec2Error;
}

/** Every place has to be searched: an address may lead to one machine in each. */
export async function searchByAddress(
  describe: Ec2Batches['describe'],
  client: Client,
  places: readonly Place[],
  lookups: readonly { readonly by: LookupBy; readonly value: string }[],
): Promise<Searched> {
  return merge(
    lookups.flatMap(({ by, value }) =>
      places.map(async (place) => searchIn(place, describe(client, place, by, value))),
    ),
  );
}

/** EC2's ids are unique over all accounts and regions, so the first place that has the instance decides. */
export async function searchById(
  describe: Ec2Batches['describe'],
  client: Client,
  places: readonly Place[],
  id: string,
): Promise<Searched> {
  const searches = places.map(async (place) => {
    const { found, broken } = await searchIn(place, describe(client, place, 'id', id));
    // Other operations may share the call: their instances are among the answers.
    return { found: found.filter((instance) => instance.id === id), broken };
  });
  const hits = searches.map(async (search) => {
    const searched = await search;
    if (searched.found.length === 0) throw new Error('the instance is not in this place');
    return searched;
  });
  return Promise.any(hits).catch(async () => merge(searches));
}

async function searchIn(place: Place, look: Promise<readonly Instance[]>): Promise<Searched> {
  try {
    return { found: await look, broken: [] };
  } catch (error) {
    if (!(error instanceof Ec2Error)) throw error;
    return { found: [], broken: [{ place, error }] };
  }
}

async function merge(searches: readonly Promise<Searched>[]): Promise<Searched> {
  const all = await Promise.all(searches);
  return { found: all.flatMap(({ found }) => found), broken: all.flatMap(({ broken }) => broken) };
}

/**
 * The consequence of places that could not be searched, for a target that the others do not decide.
 *
 * @returns their names and errors: their set-up is wrong, while other places answered
 * @throws Ec2Error the passing error of one, or that of all where no place answered; it names the place
 */
export function tellBroken(broken: readonly Broken[], places: readonly Place[]): string {
  const distinct = [...new Map(broken.map((one) => [describePlace(one.place), one])).values()];
  const passing = distinct.find(({ error }) => passesByItself(error));
  const thrown = passing ?? (distinct.length === places.length ? distinct[0] : undefined);
  if (thrown !== undefined) throw namePlace(thrown);
  return distinct.map(({ place, error }) => `${describePlace(place)} (${tellError(error)})`).join(', ');
}

/** If one place rejects the credentials while others answer, that place's set-up is wrong. */
function passesByItself(error: Ec2Error): boolean {
  const { outcome } = meaningOf(error);
  return outcome.state === 'waiting' && outcome.reason !== 'credentials';
}

function namePlace({ place, error }: Broken): Ec2Error {
  const name = describePlace(place);
  if (name === '') return error;
  return new Ec2Error(error.code, `in ${name}: ${error.message}`, { requestId: error.requestId, cause: error.cause });
}
