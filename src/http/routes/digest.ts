/** `/api/v1/digest`: what the weekly digest would say now. Nothing is sent. */
import { lastWeek, nextDigestAt, type Week } from '../../domain/digest-time.ts';
import { messageOf } from '../../domain/message.ts';
import type { ChannelRule } from '../../domain/telling.ts';
import { makeDigests } from '../../engine/keep-digests.ts';
import type { DigestAnswer } from '../digest-schemas.ts';
import type { HttpParts } from '../parts.ts';
import { toTime } from '../show-operation.ts';

/** Where no channel gets it, a person sees what it would be like. */
const NOBODY: ChannelRule = {
  name: '',
  kind: 'preview',
  tells: new Set(['digest']),
  toOwner: false,
  quietHours: [],
};

export async function previewDigest(parts: HttpParts): Promise<DigestAnswer> {
  const { store, telling, savings, clock, zone } = parts;
  const now = clock();
  const isTold = telling.channels.some(({ tells }) => tells.has('digest'));
  const week = weekUntil(now, parts);
  const read = isTold ? telling : { ...telling, channels: [NOBODY] };
  const notices = await makeDigests({ store, telling: read, capMs: savings.capMs, clock: () => now }, week);
  return {
    since: toTime(week.since),
    until: toTime(week.until),
    ...(isTold ? { nextAt: toTime(nextDigestAt(telling.digest, now)) } : {}),
    digests: notices.map(({ channel, recipient, news, subject }) => {
      const { title, text, facts } = messageOf(news, { zone, now, isQuiet: false, subject });
      return {
        ...(channel === '' ? {} : { channel }),
        ...(recipient === undefined ? {} : { recipient }),
        title,
        message: text,
        facts: [...facts],
      };
    }),
  };
}

/** As long as the one that was told last, and until now. */
function weekUntil(now: number, { telling }: Pick<HttpParts, 'telling'>): Week {
  const { since, until } = lastWeek(telling.digest, now);
  return { since: now - (until - since), until: now };
}
