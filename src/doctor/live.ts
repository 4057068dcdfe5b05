/** Whether the operator is still rolled out step by step (`live.only`), and on which machines alerts act by now. */
import { describeInstance, type Instance, type Place } from '../domain/instance.ts';
import { isSelected, describeSelector, type Selector } from '../domain/selector.ts';
import { Ec2Error } from '../ec2/port.ts';
import type { Ec2Inspector } from '../ec2/inspect.ts';
import { listSome, report, type Finding } from './finding.ts';

export async function checkLive(
  inspector: Pick<Ec2Inspector, 'tagged'>,
  places: readonly Place[],
  only: Selector | undefined,
): Promise<readonly Finding[]> {
  if (only === undefined) return [];
  const { info, warning } = report('live');
  const selected = describeSelector(only);
  let found: readonly (readonly Instance[])[];
  try {
    found = await Promise.all(places.map(async (place) => inspector.tagged(place, only)));
  } catch (error) {
    if (!(error instanceof Ec2Error)) throw error;
    return [info(`whether there are machines with ${selected} could not be checked (${error.code})`)];
  }
  const machines = found.flat().map(describeInstance);
  if (machines.length === 0)
    return [
      warning(
        `live.only selects no machine: there is none with ${selected}, so every alert is a dry run`,
        'tag the machines that alerts may act on, or correct `live.only`',
      ),
    ];
  const evidence = `alerts act only on machines with ${selected} (live.only), such as ${listSome(machines, 3)}; on all others they are dry runs`;
  return [info(evidence, 'when they are to act everywhere, remove `live.only`; see docs/roll-out.md')];
}

/** Of one machine. */
export function checkLiveOn(instance: Instance, only: Selector | undefined, about: string): readonly Finding[] {
  if (only === undefined || isSelected(only, instance)) return [];
  const evidence = `alerts are dry runs on it: live.only selects machines with ${describeSelector(only)}`;
  return [report('live', about).info(evidence, 'give it these tags, or widen `live.only`')];
}
