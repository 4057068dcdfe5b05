/** Says in one sentence what the guards' judgement leads to. */
import type { Judgement } from './guard.ts';
import { describeInstance, type Instance } from './instance.ts';
import type { Intent } from './intent.ts';
import type { Verdict } from './verdict.ts';

/** For whoever only wants to know: `would stop i-… : every guard allows it`. */
export function tellOutlook({ verb }: Pick<Intent, 'verb'>, instance: Instance, judgement: Judgement): string {
  const { verdict, guard = '' } = judgement;
  const named = describeInstance(instance);
  switch (verdict.verdict) {
    case 'allow':
      return `would ${verb} ${named}: every guard allows it${besides(judgement)}`;
    case 'wait': {
      const until = new Date(verdict.until).toISOString();
      return `would wait until ${until}, and look again then, before it would ${verb} ${named} (${guard}: ${verdict.message})`;
    }
    case 'refuse':
      return `would not ${verb} ${named} (${guard}: ${verdict.message})`;
  }
}

/** Why a verdict holds an operation back. The guard is named where the reason is another word. */
export function tellHeldBack({ reason, message }: Exclude<Verdict, { verdict: 'allow' }>, guard = ''): string {
  return reason === guard ? message : `${message} (guard ${guard})`;
}

/** For the trail of what is about to be done. */
export function explain({ verb }: Pick<Intent, 'verb'>, instance: Instance, judgement: Judgement): string {
  return `every guard allows to ${verb} ${describeInstance(instance)}${besides(judgement)}`;
}

/** Which guards a person passes, and what those that allow it want people to know all the same. */
function besides({ verdicts }: Judgement): string {
  const names = verdicts.filter(({ verdict }) => verdict === 'overridden').map(({ guard }) => guard);
  const overridden = names.length === 0 ? '' : `, ${names.join(' and ')} excepted, which a person passes`;
  const remarks = verdicts.flatMap(({ guard, verdict, message }) =>
    verdict === 'allow' && message !== undefined ? [` (${guard}: ${message})`] : [],
  );
  return `${overridden}${remarks.join('')}`;
}
