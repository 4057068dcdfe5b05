/** An entry of the audit log in a sentence. */
import { forPeople } from '../../domain/operation-story.ts';
import { plain } from '../../domain/plain.ts';
import { capital, tellSentence } from '../../domain/told-sentence.ts';
import type { Reading } from '../../domain/told-time.ts';
import type { AuditEntry, AuditEvent } from '../../store/audit-entry.ts';

/** The words of the filter. */
export const EVENT_WORDS: Readonly<Record<AuditEvent, string>> = {
  delivery: 'request or webhook',
  receipt: 'alert without an operation',
  state: 'step of an operation',
  joined: 'asked for again',
  token: 'token',
  hold: 'hold',
  lease: 'lease',
  pause: 'pause',
  link_key: 'key of links',
  notice: 'test of a channel',
};

const MAX = 80;

export function tellEntry(entry: AuditEntry, reading: Reading): string {
  switch (entry.event) {
    case 'delivery': {
      const alerts = entry.alerts === 1 ? 'one alert' : `${entry.alerts} alerts`;
      const became = Object.entries(entry.outcomes).map(([outcome, count]) => `${count} ${outcome}`);
      const receiver = entry.receiver === undefined ? '' : `, receiver ${plain(entry.receiver, MAX)}`;
      const what = entry.method === 'GET' ? 'Asked by GET' : `Sent ${alerts} by ${entry.method}`;
      return `${what} (${entry.route}${receiver}): ${became.join(', ') || 'nothing'}.`;
    }
    case 'receipt': {
      const alert = plain(entry.alertname ?? '', MAX);
      const why = entry.message ?? entry.reason;
      return `Alert ${alert || 'without a name'}: ${entry.outcome}${why === undefined ? '' : `, ${plain(why, 300)}`}.`;
    }
    case 'state': {
      const state = entry.state ?? 'changed';
      if (entry.message === undefined)
        return `${capital(state)}${entry.reason === undefined ? '' : ` (${entry.reason})`}.`;
      return `${capital(state)}: ${tellSentence(forPeople(entry.message), reading)}`;
    }
    case 'joined': {
      const alert = entry.alertname === undefined ? '' : ` by alert ${plain(entry.alertname, MAX)}`;
      return `Asked for again${alert}.`;
    }
    case 'token':
    case 'hold':
    case 'lease':
    case 'pause':
    case 'link_key':
    case 'notice':
    case 'unreadable':
      return capital(tellSentence(entry.message, reading));
  }
}
