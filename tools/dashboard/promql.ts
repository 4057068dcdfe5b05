/**
 * The queries that come up again and again. `$job` stands for the scrape job, `$__rate_interval` and `$__range` for what
 * Grafana puts there.
 */

/**
 * A quantile of a histogram, one series per value of the label.
 *
 * @param over what the quantile is taken of; longer for what happens rarely
 */
export function quantile(of: number, histogram: string, label: string, over = '$__rate_interval'): string {
  return `histogram_quantile(${of}, sum by (le, ${label}) (rate(${histogram}_bucket{job="$job"}[${over}])))`;
}

/** How much a counter grew between two points of the graph. */
export function growth(counter: string, by: string, matchers = ''): string {
  return `sum by (${by}) (increase(${counter}{job="$job"${matchers}}[$__rate_interval]))`;
}

/** How much a counter grew in the time that is shown. */
export function total(counter: string, matchers = ''): string {
  return `sum(increase(${counter}{job="$job"${matchers}}[$__range]))`;
}
