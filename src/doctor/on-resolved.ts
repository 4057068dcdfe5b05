/** Whether the server can confirm the stops of rules with `on_resolved: stop`. Pure. */
import type { OnResolved } from '../domain/guard-settings.ts';
import { lookedAt } from '../prometheus/presence.ts';
import { nameOfRule, type AlertingRule } from '../prometheus/rule.ts';
import { listSome, report, type Finding } from './finding.ts';

export function checkOnResolved(rules: readonly AlertingRule[], stops: OnResolved['stops']): readonly Finding[] {
  const asking = rules.filter(({ labels }) => labels['on_resolved'] === 'stop');
  if (asking.length === 0) return [];
  const { ok, warning } = report('prometheus.on_resolved');
  const names = listSome(asking.map(nameOfRule));
  switch (stops) {
    case 'refused': {
      const change = 'set prometheus.url in the configuration of the server, or on_resolved: { trust: true }';
      return [warning(`on_resolved: stop is refused, but set by ${names}`, change)];
    }
    case 'believed':
      return [
        warning(
          `on_resolved: { trust: true } believes each resolved alert of ${names}: an outage of Prometheus stops machines`,
          'set prometheus.url, and leave trust out',
        ),
      ];
    case 'confirmed': {
      const unclear = asking.filter(({ query }) => lookedAt(query) === undefined);
      if (unclear.length === 0) return [ok(`${asking.length} rules with on_resolved: stop can be confirmed`)];
      return unclear.map((rule) =>
        warning(
          'on_resolved: stop is refused: its expression is not a single comparison, so a need that ended looks like a series that vanished',
          'end the expression in one comparison with a number, such as max by (hostname) (jobs) > 0, over a series that exists at 0, too',
          nameOfRule(rule),
        ),
      );
    }
  }
}
