/** Reads a page of a survey, for both adapters. */
import type { Place } from '../domain/instance.ts';
import { isSurveyed, type SurveyFilter } from '../domain/survey-filter.ts';
import { nextTokenOf, parseDescribedGently } from './instance-shape.ts';
import type { SurveyPage } from './port.ts';

/** @throws Ec2Error ClientOutput */
export async function surveyedPage(answer: unknown, place: Place, filter: SurveyFilter): Promise<SurveyPage> {
  const shown = await parseDescribedGently(answer, place);
  const instances = shown.filter((instance) => isSurveyed(filter, instance));
  const next = nextTokenOf(answer);
  return { instances, ...(next === undefined ? {} : { next }) };
}
