/** The body of a webhook. */
import * as z from 'zod';
import { parseDelivery, type Delivery } from '../domain/alert.ts';
import { ProblemError } from './problem.ts';
import type { Body } from './route.ts';

/** Alerts are parsed one by one, so that an invalid alert does not affect the others. */
const schema = z.looseObject({ alerts: z.array(z.unknown()) });

export function deliveryBody(mostAlerts: number): Body<Delivery> {
  return {
    schema,
    parse: (body) => {
      const delivery = parseDelivery(body);
      if (!delivery.ok) throw new ProblemError(400, delivery.message);
      const { length } = delivery.value.alerts;
      if (length <= mostAlerts) return delivery.value;
      const detail = `expected at most ${mostAlerts} alerts in a delivery, got ${length}: group by more labels`;
      throw new ProblemError(413, detail);
    },
  };
}
