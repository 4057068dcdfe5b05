/** The metrics of links and logins: of everything that people without a right token ask for. */
import { LINK_PURPOSES } from '../domain/link-purpose.ts';
import type { Description } from './description.ts';

/** What can become of a request for a page: it was shown, its button has acted, or it has not. */
export const LINK_OUTCOMES = ['shown', 'acted', 'refused', 'expired', 'unknown'] as const;
export type LinkOutcome = (typeof LINK_OUTCOMES)[number];

export const STRANGER_METRICS = {
  ec2_operator_link_requests_total: {
    type: 'counter',
    help: 'Requests by a link. `refused`: a button was pressed, and the press was that of a program, too late, or against the rules.',
    labels: { purpose: [...LINK_PURPOSES, 'unknown'], outcome: LINK_OUTCOMES },
    example: 'sum by (purpose, outcome) (increase(ec2_operator_link_requests_total[1d]))',
  },
  ec2_operator_logins_failed_total: {
    type: 'counter',
    help: 'Requests that were rejected for a wrong token or signature; requests without either do not count.',
  },
} as const satisfies Readonly<Record<string, Description>>;
