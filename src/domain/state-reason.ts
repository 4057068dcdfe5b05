/** Grafana's note that an alert's state does not come from its condition. */
import { isUnset } from './intent.ts';
import { show } from './parsed.ts';

type Texts = Readonly<Record<string, unknown>>;

/**
 * Grafana sets this annotation when it cannot evaluate the rule (`Error`, `NoData`, `KeepLast`), and when the alert ends for
 * another reason than its condition (`Paused`, `Updated`, `RuleDeleted`, `MissingSeries`). Unknown reasons count as well.
 */
const STATE_REASON = 'grafana_state_reason';

/** Only evaluations without data or with an error have both; before Grafana 9 they were the only sign. */
const FAILED_QUERY = ['datasource_uid', 'ref_id'] as const;

/** Every alert of Grafana has one of these. Other senders may use the annotation `Error`. */
const OF_GRAFANA = ['grafana_folder', '__alert_rule_uid__'] as const;

/** @returns Grafana's reason for people; undefined when the state comes from the rule's condition */
export function stateReasonOf(labels: Texts, annotations: Texts): string | undefined {
  const of = (name: string): unknown => [own(annotations, name), own(labels, name)].find((text) => !isUnset(text));
  const reason = of(STATE_REASON);
  if (reason !== undefined) return `${STATE_REASON} ${show(reason)}`;
  const [source, query] = FAILED_QUERY.map(of);
  if (source !== undefined && query !== undefined) return `no result of the data source ${show(source)}`;
  const error = own(annotations, 'Error');
  if (isUnset(error) || OF_GRAFANA.every((name) => of(name) === undefined)) return undefined;
  return `Error ${show(error)}`;
}

function own(texts: Texts, name: string): unknown {
  return Object.hasOwn(texts, name) ? texts[name] : undefined;
}
