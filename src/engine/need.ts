/** Asks whether a machine is still needed after the alert that asked for it was resolved. */
import { expressionOf } from '../domain/about.ts';
import { alertOf, type AlertCause } from '../domain/cause.ts';
import { isUnset, type Intent } from '../domain/intent.ts';
import type { Labels } from '../domain/label-set.ts';
import { ENDED, weighNeeds, type NamedMachine, type Need, type StandingAlert } from '../domain/need.ts';
import { quote } from '../domain/parsed.ts';
import { hostAsWritten, parseHostTarget, parseNameTarget, type Target } from '../domain/target.ts';
import type { Store } from '../store/port.ts';
import type { LookUpName } from './name-lookup.ts';
import type { EngineSettings } from './settings.ts';

export type AskNeed = (intent: Intent, machine: NamedMachine) => Promise<Need>;

/** Which machine labels name: `unclear` if they name none. */
export type Naming = 'this' | 'another' | 'unclear';
export type ReadNaming = (labels: Labels) => Promise<Naming>;

export interface ActiveAlert {
  readonly alertname: string;
  readonly fingerprint: string;
  readonly labels: Labels;
}

/** Alertmanager's alerts of this name, and those that ask for a start; or a sentence that says why they are not known. */
export type AskActive = (alertname: string) => Promise<readonly ActiveAlert[] | string>;

export interface RuleQuestion {
  readonly alertname: string;
  /** The rule's expression when it sent the alert, if that is known. */
  readonly expression?: string;
  /** Milliseconds since the epoch. Absent if the sender does not date its alerts. */
  readonly firedAt?: number;
  readonly endedAt: number;
  readonly naming: ReadNaming;
}

/** Asks whether the rule still finds the machine. Never rejects. */
export type AskRule = (question: RuleQuestion) => Promise<Need>;

export interface NeedParts {
  readonly settings: EngineSettings;
  readonly lookUpName: LookUpName;
  readonly store: Pick<Store, 'standingStarts'>;
  readonly clock: () => number;
  /** Absent if it is not configured. */
  readonly askAlertmanager?: AskActive;
  readonly askPrometheus?: AskRule;
}

export function createAskNeed(parts: NeedParts): AskNeed {
  return async (intent, machine) => {
    const cause = alertOf(intent.cause);
    if (cause === undefined) return ENDED;
    const naming = createNaming(parts, intent.target, machine);
    const [standing, active, rule] = await Promise.all([
      parts.store.standingStarts(machine.id),
      askActive(parts, cause.alertname, naming),
      askRule(parts, cause, naming),
    ]);
    return weighNeeds([
      active.need,
      ...standing
        .filter(({ fingerprint }) => fingerprint !== cause.fingerprint)
        .flatMap(readStanding(parts, active.isAnswered)),
      rule,
    ]);
  };
}

/**
 * An alert that Alertmanager does not have, and that was not sent for so long, has ended unnoticed. Alertmanager never has the
 * alerts of other senders: these send again after 4 h by default.
 */
const SILENT_MS = 5 * 3_600_000;

function readStanding({ clock }: NeedParts, isContradicted: boolean): (alert: StandingAlert) => readonly Need[] {
  return ({ alertname, fingerprint, seenAt }) => {
    if (isContradicted && seenAt < clock() - SILENT_MS) return [];
    const message = `the alert ${quote(alertname)} (${fingerprint}) has asked to start the same machine, and has not been resolved`;
    return [{ need: 'yes', message }];
  };
}

async function askActive(
  { askAlertmanager }: NeedParts,
  alertname: string,
  naming: ReadNaming,
): Promise<{ readonly need: Need; readonly isAnswered: boolean }> {
  if (askAlertmanager === undefined) return { need: ENDED, isAnswered: false };
  const active = await askAlertmanager(alertname);
  if (typeof active === 'string') return { need: { need: 'unknown', message: active }, isAnswered: false };
  const namings = await Promise.all(active.map(async ({ labels }) => naming(labels)));
  const found = active.find(
    (alert, index) => namings[index] === 'this' || (namings[index] === 'unclear' && alert.alertname === alertname),
  );
  if (found === undefined) return { need: ENDED, isAnswered: true };
  const message = `Alertmanager has the alert ${quote(found.alertname)} (${found.fingerprint}) for the same machine`;
  return { need: { need: 'yes', message }, isAnswered: true };
}

async function askRule({ askPrometheus, settings }: NeedParts, cause: AlertCause, naming: ReadNaming): Promise<Need> {
  if (askPrometheus === undefined || settings.guards.onResolved.stops !== 'confirmed') return ENDED;
  const { alertname, firedAt, beganAt: endedAt, about } = cause;
  const expression = expressionOf(about);
  return askPrometheus({
    alertname,
    endedAt,
    naming,
    ...(firedAt === undefined ? {} : { firedAt }),
    ...(expression === undefined ? {} : { expression }),
  });
}

/** The labels `hostname` and `instance_id` are meant for the machine. `instance` may name its exporter. */
function createNaming({ settings, lookUpName }: NeedParts, own: Target, machine: NamedMachine): ReadNaming {
  const isThis = async (written: Target): Promise<boolean> => {
    const target = written.kind === 'name' ? (settings.hosts.get(written.name) ?? written) : written;
    switch (target.kind) {
      case 'instance':
        return target.id === machine.id;
      case 'address': {
        const { text } = target.address;
        return machine.addresses.includes(text) || (own.kind === 'address' && own.address.text === text);
      }
      case 'tag':
        return target.name === machine.name;
      case 'name': {
        if (settings.namesFromTags === true && hostAsWritten(target) === machine.name) return true;
        if (own.kind === 'name' && own.name === target.name) return true;
        const looked = await lookUpName(target.name);
        // A name that cannot be looked up may be another name of this machine.
        if (looked.answer === 'failed') return true;
        return looked.answer === 'addresses' && looked.addresses.some((one) => machine.addresses.includes(one));
      }
    }
  };
  const parse = settings.namesFromTags === true ? parseNameTarget : parseHostTarget;
  return async ({ hostname, instance_id: instanceId, instance }) => {
    const meant = [hostname, instanceId].filter((text) => !isUnset(text));
    const targets = (meant.length > 0 ? meant : [instance]).flatMap((text) => {
      const target = text === undefined ? undefined : parse(text);
      return target?.ok === true ? [target.value] : [];
    });
    if (targets.length === 0) return 'unclear';
    return (await Promise.all(targets.map(isThis))).includes(true) ? 'this' : 'another';
  };
}
