/** Says in one sentence what the guards' judgement leads to. */
import type { Foreseen, Judgement } from './guard.ts';
import { describeInstance, type Instance } from './instance.ts';
import type { Intent } from './intent.ts';
import type { Verdict } from './verdict.ts';

type Asked = Pick<Intent, 'verb' | 'cause'>;

/** For dry runs and plans: `would stop gpu-1 (i-…, eu-central-1a): every guard allows it`. */
export function tellOutlook(intent: Asked, instance: Instance, judgement: Judgement): string {
  const { verb } = intent;
  const { verdict, guard = '', warning } = judgement;
  const named = describeInstance(instance);
  const nameOnce = verdict.message?.includes(named) === true ? 'it' : named;
  switch (verdict.verdict) {
    case 'allow':
      return `would ${verb} ${named}: every guard allows it${besides(intent, judgement)}`;
    case 'wait': {
      const until = iso(verdict.until);
      if (verdict.isEndless === true)
        return `would wait until this is over to ${verb} ${nameOnce} (${guard}: ${verdict.message})`;
      if (warning === undefined)
        return `would wait until ${until} to ${verb} ${nameOnce} (${guard}: ${verdict.message})`;
      const stops = `${verb} ${named} at ${iso(warning.stopsAt)}`;
      if (verdict.reason === 'warned')
        return `would warn ${through(warning)}at ${iso(warning.at)} and ${stops}: every other guard allows it${besides(intent, judgement)}`;
      const warns = warning.at === verdict.until ? 'then' : `at ${iso(warning.at)}`;
      return `would wait until ${until}, warn ${through(warning)}${warns} and ${stops} (${guard}: ${verdict.message})`;
    }
    case 'refuse':
      return `would not ${verb} ${nameOnce} (${guard}: ${verdict.message})`;
  }
}

/** `through ml and owners `: without channels, only the API, the log and the metrics tell. */
function through({ channels }: Foreseen): string {
  return channels.length === 0 ? '' : `through ${channels.join(' and ')} `;
}

/** Why a verdict holds an operation back. The guard is named where the reason is another word. */
export function tellHeldBack({ reason, message }: Exclude<Verdict, { verdict: 'allow' }>, guard = ''): string {
  return reason === guard ? message : `${message} (guard ${guard})`;
}

/** For the trail of what is about to be done. */
export function explain(intent: Asked, instance: Instance, judgement: Judgement): string {
  return `every guard allows a ${intent.verb} of ${describeInstance(instance)}${besides(intent, judgement)}`;
}

/** The guards that the cause overrides, and the remarks of guards that allow it. */
function besides({ cause }: Asked, { verdicts }: Judgement): string {
  const names = verdicts.filter(({ verdict }) => verdict === 'overridden').map(({ guard }) => guard);
  const by = cause.by === 'lease' ? 'the lease' : "a person's request";
  const overridden = names.length === 0 ? '' : `, except ${names.join(' and ')}, which ${by} overrides`;
  const remarks = verdicts.flatMap(({ guard, verdict, message }) =>
    verdict === 'allow' && message !== undefined ? [` (${guard}: ${message})`] : [],
  );
  return `${overridden}${remarks.join('')}`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
