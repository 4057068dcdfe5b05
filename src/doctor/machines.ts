/** Whether the watch finds machines: without any, the list of machines stays empty. */
import { describeInstance, type Instance, type Place } from '../domain/instance.ts';
import { describeSurvey, type SurveyFilter } from '../domain/survey-filter.ts';
import { Ec2Error, type Ec2Client, type SurveyPage } from '../ec2/port.ts';
import { explainAws } from './aws-error.ts';
import { listSome, report, type Finding } from './finding.ts';
import { nameOf } from './permissions.ts';

export interface MachinesSeen {
  readonly findings: readonly Finding[];
  readonly machines: readonly Instance[];
}

/** Asks each place for one page, as the watch does. */
export async function checkMachines(
  client: Pick<Ec2Client, 'survey'>,
  places: readonly Place[],
  filter: SurveyFilter,
): Promise<MachinesSeen> {
  const { ok, info } = report('machines');
  const asked = await Promise.all(places.map(async (place) => askPlace(client, place, filter)));
  const failed = asked.flatMap((one) => ('severity' in one ? [one] : []));
  const pages = asked.flatMap((one) => ('severity' in one ? [] : [one]));
  const machines = pages.flatMap(({ instances }) => instances);
  const which = describeSurvey(filter);
  if (machines.length > 0) {
    const count = machines.length;
    const more = pages.some(({ next }) => next !== undefined) ? 'more than ' : '';
    const example = listSome(machines.slice(0, 1).map(describeInstance), 1);
    const text = `${more}${count} ${count === 1 ? 'machine' : 'machines'} ${which} ${count === 1 ? 'is' : 'are'} watched`;
    return { findings: [...failed, ok(`${text}, such as ${example}`)], machines };
  }
  if (pages.length === 0) return { findings: failed, machines };
  const none = info(
    `no machine is watched: there is none ${which}, so the list of machines shows only those that operations name`,
    'tag the machines, or say which ones are watched: `machines.only`',
  );
  return { findings: [...failed, none], machines };
}

async function askPlace(
  client: Pick<Ec2Client, 'survey'>,
  place: Place,
  filter: SurveyFilter,
): Promise<SurveyPage | Finding> {
  try {
    return await client.survey(place, filter);
  } catch (error) {
    if (!(error instanceof Ec2Error)) throw error;
    const { evidence, change } = explainAws(error, place.account === undefined ? 'own' : 'role');
    return report('machines', nameOf(place)).warning(`the machines cannot be watched: ${evidence}`, change);
  }
}
