/** The facts that the machines page is made of. */
import type { Interval } from '../../domain/machine.ts';
import type { Viewer } from '../../domain/machine-view.ts';
import type { SurveyFilter } from '../../domain/survey-filter.ts';
import type { MachineCounts, MachinesPage } from '../../store/machine-port.ts';
import type { Html } from '../page.ts';
import type { MachinesPageQuery } from './query.ts';

/** From the store: the same for all people who look for the same machines. */
export interface FoundMachines {
  readonly page: MachinesPage;
  readonly counted: MachineCounts;
  readonly intervals: ReadonlyMap<string, readonly Interval[]>;
}

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
