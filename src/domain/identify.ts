import type { Instance, ResolvedInstance } from './instance.ts';
import { audienceOf, ownerOf, type TellingSettings } from './telling.ts';

/** What an operation keeps of its machine, so that people are told of it without another look at EC2. */
export function identify(instance: Instance, telling: TellingSettings): ResolvedInstance {
  const { id, place, type, lifecycle, billing, availabilityZone, tags } = instance;
  const name = tags['Name'] ?? '';
  const owner = ownerOf(tags, telling.owners.tags);
  const audience = audienceOf(instance, telling);
  return {
    id,
    place,
    ...(name === '' ? {} : { name }),
    ...(owner === undefined ? {} : { owner }),
    type,
    ...(lifecycle === undefined ? {} : { lifecycle }),
    ...(billing === undefined ? {} : { billing }),
    availabilityZone,
    ...(audience.length === 0 ? {} : { audience }),
  };
}
