/** Grafana's word that an alert is in a state that no look at the machine has led to. */
import { isUnset } from './intent.ts';
import { show } from './parsed.ts';

type Texts = Readonly<Record<string, unknown>>;

/**
 * Grafana keeps an alert's name and labels when it could not evaluate the rule (`Error`, `NoData`, `KeepLast`), and when the
 * alert has ended for another reason than its condition (`Paused`, `Updated`, `RuleDeleted`, `MissingSeries`), and says so in
 * this annotation. A reason that is not known here counts like the others.
 */
const STATE_REASON = 'grafana_state_reason';

/** Only an evaluation without data or with an error carries these two together; before Grafana 9 they were the only sign. */
const FAILED_QUERY = ['datasource_uid', 'ref_id'] as const;

/** Of every alert of Grafana: others may have an annotation `Error` of their own. */
const OF_GRAFANA = ['grafana_folder', '__alert_rule_uid__'] as const;

/** @returns what Grafana says, quoted, for people; undefined when the alert's state is what its rule has found */
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
