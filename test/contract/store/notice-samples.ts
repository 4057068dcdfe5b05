/** Notices for the contract suite, and those who send them. */
import type { NewNotice, News } from '../../../src/domain/notice.ts';
import type { ClaimedNotice, NoticeOutcome } from '../../../src/store/notice-port.ts';
import type { Store } from '../../../src/store/port.ts';
import { instanceId, MINUTE, T0 } from './samples.ts';

export const SENDER = 'sender-1';
export const SENT = { outcome: 'sent' } as const satisfies NoticeOutcome;

export function noticeOf(thread: string, subject: string, more: Partial<NewNotice> = {}): NewNotice {
  return { channel: 'ml', subject, thread, availableAt: T0, news: newsOf(thread), ...more };
}

export function newsOf(operation: string, machine = 1): News {
  const of = { id: instanceId(machine), name: `gpu-${machine}` };
  return { kind: 'failed', at: T0, machine: of, operation, verb: 'stop', reason: 'deadline', message: 'late' };
}

export function warningOf(operation: string, warnedAt: number, more: Partial<NewNotice> = {}): NewNotice {
  const about = { at: warnedAt, machine: { id: instanceId(1) }, operation, cause: 'alert', by: 'GpuIdle' } as const;
  const news: News = { kind: 'warning', ...about, warnedAt, stopsAt: warnedAt + 15 * MINUTE };
  return {
    channel: 'ml',
    subject: `${operation}:${warnedAt}`,
    thread: operation,
    availableAt: warnedAt,
    news,
    ...more,
  };
}

export async function claim(store: Store, now = T0, channel = 'ml', limit = 100): Promise<readonly ClaimedNotice[]> {
  return store.claimNotices({ channel, owner: SENDER, now, until: now + MINUTE, limit });
}

export async function subjects(store: Store, now = T0, channel = 'ml'): Promise<readonly string[]> {
  return (await claim(store, now, channel)).map(({ subject }) => subject);
}
