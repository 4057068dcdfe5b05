/** The body of a webhook, as the routes take it that read one. */
import * as z from 'zod';
import { parseDelivery, type Delivery } from '../domain/alert.ts';
import { ProblemError } from './problem.ts';
import type { Body } from './route.ts';

/** As far as OpenAPI describes it: alerts are read one by one, so that a broken one takes nothing from its neighbours. */
const schema = z.looseObject({ alerts: z.array(z.unknown()) });

/** @param refuseMore says why more alerts than `most` are not taken */
export function deliveryBody(most: number, refuseMore: (count: number) => string): Body<Delivery> {
  return {
    schema,
    parse: (body) => {
      const delivery = parseDelivery(body);
      if (!delivery.ok) throw new ProblemError({ status: 400, detail: delivery.message });
      const { length } = delivery.value.alerts;
      if (length > most) throw new ProblemError({ status: 413, detail: refuseMore(length) });
      return delivery.value;
    },
  };
}
