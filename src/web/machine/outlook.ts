/** What would happen to a machine if it fell idle now: the outlook of a stop by an alert, with what each guard says. */
import { html } from 'hono/html';
import { withoutMachine } from '../../domain/operation-story.ts';
import { plain } from '../../domain/plain.ts';
import { tellSentence } from '../../domain/told-sentence.ts';
import { tellTime, type Reading } from '../../domain/told-time.ts';
import type { Outlook } from '../../engine/plan.ts';
import type { Html } from '../page.ts';
import { asOf } from '../records/parts.ts';
import { verdictList } from '../records/verdicts.ts';

export function outlookPart(outlook: Outlook | undefined, reading: Reading): Html {
  if (outlook === undefined)
    return html`${asOf(reading)}
      <p>AWS gives no answer at the moment, so it is not known what would happen. A stop would wait for it, too.</p>`;
  return html`${asOf(reading)}
    <p><b>${headline(outlook, reading)}</b></p>
    ${isToldAbove(outlook) ? '' : html`<p class="faint">${tellSentence(withoutMachine(outlook.message), reading)}</p>`}
    ${outlook.verdicts === undefined ? '' : verdictList(outlook.verdicts, reading)}`;
}

/** Where every guard allows it, the message says once more when, and what stands beside the guards below. */
function isToldAbove({ outcome, stopsAt, verdicts }: Outlook): boolean {
  return verdicts !== undefined && (outcome === 'would_stop' || (outcome === 'would_wait' && stopsAt !== undefined));
}

function headline({ outcome, warnsAt, stopsAt, until, channels = [], isLive }: Outlook, reading: Reading): string {
  const dry = isLive === false ? ' Alerts are dry runs on this machine, so it would only be noted.' : '';
  switch (outcome) {
    case 'would_stop':
      return `It would be stopped at once.${dry}`;
    case 'would_wait': {
      if (stopsAt === undefined || warnsAt === undefined)
        return `It would not be stopped ${until === undefined ? 'for now' : `before ${tellTime(until, reading)}`}.${dry}`;
      const through = channels.length === 0 ? '' : ` through ${plain(channels.join(', '), 200)}`;
      const warned = warnsAt <= reading.now ? 'now' : `at ${tellTime(warnsAt, reading)}`;
      return `People would be warned ${warned}${through}, and it would stop at ${tellTime(stopsAt, reading)}.${dry}`;
    }
    case 'would_refuse':
      return 'It would not be stopped.';
    case 'would_fail':
      return 'The stop would fail.';
    case 'would_start':
    case 'nothing':
      return 'Nothing would happen.';
  }
}
