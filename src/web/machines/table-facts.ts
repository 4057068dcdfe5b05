/** The facts that the machines page is made of. */
import type { Viewer } from '../../domain/machine-view.ts';
import type { SurveyFilter } from '../../domain/survey-filter.ts';
import type { Html } from '../page.ts';
import type { MachinesPageQuery } from './query.ts';
import type { FoundMachines } from './shared-rows.ts';

export interface TableFacts extends FoundMachines {
  readonly query: MachinesPageQuery;
  readonly viewer: Viewer;
  /** Of the table, in its order. */
  readonly rows: Html | readonly Html[];
  /** Whether a machine can be the viewer's own. */
  readonly mayBeOwner: boolean;
  /** Which machines are watched. */
  readonly survey: SurveyFilter;
}
