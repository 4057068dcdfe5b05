/** What becomes of the stops that rules ask for when their alerts are resolved. Pure. */
import type { OnResolved } from '../domain/guard-settings.ts';
import { lookedAt } from '../prometheus/presence.ts';
import { nameOfRule, type AlertingRule } from '../prometheus/rule.ts';
import { listSome, report, type Finding } from './finding.ts';

export function checkOnResolved(rules: readonly AlertingRule[], stops: OnResolved['stops']): readonly Finding[] {
  const asking = rules.filter(({ labels }) => labels['on_resolved'] === 'stop');
  if (asking.length === 0) return [];
  const { ok, warning } = report('prometheus.on_resolved');
  switch (stops) {
    case 'refused':
      return [
        warning(
          `on_resolved: stop is refused, and asked for by ${listSome(asking.map(nameOfRule), 5)}`,
          'set prometheus.url in the configuration of the server, or on_resolved: { trust: true }',
        ),
      ];
    case 'believed':
      return [
        warning(
          `on_resolved: { trust: true } believes each resolved alert of ${listSome(asking.map(nameOfRule), 5)}: a Prometheus that is gone stops machines`,
          'set prometheus.url, and leave trust out',
        ),
      ];
    case 'confirmed': {
      const unclear = asking.filter(({ query }) => lookedAt(query) === undefined);
      if (unclear.length === 0) return [ok(`${asking.length} rules with on_resolved: stop can be confirmed`)];
      return unclear.map((rule) =>
        warning(
          'its expression is no single comparison: whether a need has ended or a series has vanished cannot be told, and on_resolved: stop is refused',
          'end it in one comparison with a number, such as max by (hostname) (jobs) > 0, with a series that is there at 0, too',
          nameOfRule(rule),
        ),
      );
    }
  }
}
