/** Logs and counts what becomes of notices. The texts of messages, their links and whom they reach are not logged. */
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

export interface TriedNotice {
  readonly id: string;
  readonly channel: string;
  readonly kind: string;
  readonly operation?: string | undefined;
  readonly instance?: string | undefined;
  readonly outcome: 'sent' | 'later' | 'failed' | 'outdated';
  /** Why it was not sent; without secrets. */
  readonly error?: string | undefined;
  /** The channel had it. */
  readonly isHanded: boolean;
  readonly ms: number;
}

/** A channel that fails for ever would fill the log: it is told when it begins to fail, fails otherwise, or takes notices again. */
export function createNoticeLog(
  log: Log,
  metrics: Pick<Metrics, 'noticeEnded' | 'noticeHanded'>,
): (notice: TriedNotice) => void {
  const failing = new Map<string, string>();
  return ({ id, channel, kind, operation, instance, outcome, error, isHanded, ms }) => {
    if (outcome !== 'later') metrics.noticeEnded({ channel, kind, outcome });
    if (isHanded) metrics.noticeHanded({ channel }, outcome === 'later', ms);
    const line = { notice: id, channel, kind, operation, instance, outcome, ms: Math.round(ms) };
    if (outcome === 'sent') {
      log.info(line, 'a notice was sent');
      if (failing.delete(channel)) log.info({ channel }, 'the channel takes notices again');
      return;
    }
    const message = `a notice was not sent: ${error ?? ''}`;
    const why = kindOf(outcome, error);
    const isNews = (isHanded || outcome === 'failed') && failing.get(channel) !== why;
    if (!isNews) {
      log.debug(line, message);
      return;
    }
    failing.set(channel, why);
    const next = outcome === 'later' ? 'it is tried again' : 'it is given up';
    log.error(line, `${message}; ${next}. Others that fail alike are counted, and logged at debug only`);
  };
}

/** What a vendor says behind the first colon may differ each time. */
function kindOf(outcome: string, error = ''): string {
  return `${outcome} ${error
    .replace(/^given up: /, '')
    .split(':', 1)
    .join('')
    .replaceAll(/\d{4,}/g, '')}`;
}
