/** What a machine costs at the moment of its stop. */
import { priceOf, type Prices } from './price.ts';
import type { CostOf } from './stop-record.ts';

export function createCostOf(prices: Prices): CostOf {
  return (machine) => {
    const price = priceOf(machine, prices);
    const { committed } = machine;
    return {
      ...(price === undefined ? {} : { price }),
      ...(committed === undefined ? {} : { committed }),
    };
  };
}
