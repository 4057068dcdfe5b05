/** Who was told of an operation, in a sentence. */
import type { Notice, NoticeKind } from './notice.ts';
import { plain } from './plain.ts';

const MAX_ADDRESS = 80;
const MAX_ERROR = 200;

interface Wanted {
  readonly operation: string;
  readonly kinds: readonly NoticeKind[];
  /** Of the move that they tell; absent: of any. */
  readonly at?: number;
}

/** `Told: ml, owners (pia@example.com).` and a sentence for each channel that could not be reached. */
export function tellNoticesOf(notices: readonly Notice[], { operation, kinds, at }: Wanted): readonly string[] {
  const of = notices.filter(
    ({ news }) =>
      'operation' in news &&
      news.operation === operation &&
      kinds.includes(news.kind) &&
      (at === undefined || news.at === at),
  );
  const sent = listOf(of.filter(({ state }) => state === 'sent'));
  const pending = listOf(of.filter(({ state }) => state === 'pending'));
  const failed = of.filter(({ state }) => state === 'failed');
  return [
    ...(sent === '' ? [] : [`Told: ${sent}.`]),
    ...(pending === '' ? [] : [`Still to be told: ${pending}.`]),
    ...failed.map((notice) => `Could not be told: ${tellAddress(notice)}${tellError(notice)}.`),
  ];
}

function listOf(notices: readonly Notice[]): string {
  return [...new Set(notices.map(tellAddress))].join(', ');
}

/** `ml`, or `owners (pia@example.com)`. */
export function tellAddress({ channel, recipient }: Pick<Notice, 'channel' | 'recipient'>): string {
  return recipient === undefined ? channel : `${channel} (${plain(recipient, MAX_ADDRESS)})`;
}

function tellError({ error }: Notice): string {
  return error === undefined ? '' : ` (${plain(error, MAX_ERROR).replace(/\.$/, '')})`;
}
