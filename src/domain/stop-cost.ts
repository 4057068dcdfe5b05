/** What a machine costs at the moment of its stop. */
import { billsOnOf } from './bills-on.ts';
import { priceOf, type Prices } from './price.ts';
import type { CostOf } from './stop-record.ts';

export function createCostOf(prices: Prices): CostOf {
  return (machine) => {
    const price = priceOf(machine, prices);
    const { committed } = machine;
    const billsOn = billsOnOf(machine, prices.factor);
    return {
      ...(price === undefined ? {} : { price }),
      ...(billsOn === undefined ? {} : { billsOn }),
      ...(committed === undefined ? {} : { committed }),
    };
  };
}
