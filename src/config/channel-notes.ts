/** Settings of channels that are valid and may surprise. Start-up, `check-config` and the doctor tell the same. */
import type { Config } from './schema.ts';

export interface ChannelNote {
  readonly note: string;
  readonly remedy: string;
}

const REMEDY = 'set public_url (PUBLIC_URL) to the address at which people reach the server';

export function notesOnChannels({
  channels,
  public_url: url,
}: Pick<Config, 'channels' | 'public_url'>): readonly ChannelNote[] {
  if (channels.length === 0) return [];
  if (url === undefined)
    return [{ note: 'the messages of channels have no links, because public_url is not set', remedy: REMEDY }];
  const { hostname } = new URL(url);
  if (!/^(?:localhost|.+\.localhost|127\.[\d.]+|0\.0\.0\.0|\[::1?\])$/.test(hostname)) return [];
  return [{ note: `the links in messages lead to ${url}, which people reach on this machine only`, remedy: REMEDY }];
}
