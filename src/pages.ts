/** The parts by which people without a token answer: links and their pages, and Slack. */
import type { Config } from './config/schema.ts';
import type { SurveyFilter } from './domain/survey-filter.ts';
import { createAnswers, type Answers, type AnswerParts } from './engine/answers.ts';
import type { Ec2Batches } from './engine/ec2-batches.ts';
import { createLookNow, type LookNow, type LookNowParts } from './engine/look-now.ts';
import { createLinks, type LinkParts, type Links } from './links/links.ts';
import { createPressLimit } from './links/press-limit.ts';
import { watchedMachinesOf } from './settings.ts';

export interface OpenedPages {
  readonly answers: Answers;
  readonly lookNow: LookNow;
  /** Whether a press by the link with this token counts. */
  readonly mayPress: (token: string) => boolean;
  /** Of the times that pages show. */
  readonly zone: string;
  /** Which machines they show. */
  readonly survey: SurveyFilter;
  /** Absent without a public URL. */
  readonly links?: Links;
}

interface PagesParts extends Omit<AnswerParts, 'client'> {
  readonly store: AnswerParts['store'] & LookNowParts['store'] & LinkParts['store'];
}

export function openPages(config: Config, parts: PagesParts, { checks }: Pick<Ec2Batches, 'checks'>): OpenedPages {
  const { client, zone, public_url: publicUrl } = config;
  const { store, clock } = parts;
  const readChecks: LookNowParts['readChecks'] = async ({ place, id }) => checks(client, place, id);
  return {
    answers: createAnswers({ ...parts, client }),
    lookNow: createLookNow({ ...parts, readChecks }),
    mayPress: createPressLimit(),
    zone,
    survey: watchedMachinesOf(config),
    ...(publicUrl === undefined ? {} : { links: createLinks({ store, publicUrl, clock }) }),
  };
}
