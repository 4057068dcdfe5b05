/** The facts that the machines page is made of. */
import type { Interval } from '../../domain/machine.ts';
import type { Viewer } from '../../domain/machine-view.ts';
import type { SurveyFilter } from '../../domain/survey-filter.ts';
import type { MachineCounts, MachinesPage } from '../../store/machine-port.ts';
import type { MachinesPageQuery } from './query.ts';

export interface TableFacts {
  readonly query: MachinesPageQuery;
  readonly page: MachinesPage;
  readonly counted: MachineCounts;
  readonly intervals: ReadonlyMap<string, readonly Interval[]>;
  readonly viewer: Viewer;
  /** Which machines are watched. */
  readonly survey: SurveyFilter;
}
