/** Channels as a test configures them. */
import { TOLD_BY_DEFAULT } from '../../src/domain/notice.ts';
import type { ChannelRule, TellingSettings } from '../../src/domain/telling.ts';

export function channelWith(change: Partial<ChannelRule> & Pick<ChannelRule, 'name'>): ChannelRule {
  return { kind: 'slack', tells: new Set(TOLD_BY_DEFAULT), toOwner: false, quietHours: [], ...change };
}

export function tellingOf(...channels: readonly ChannelRule[]): TellingSettings {
  return {
    channels,
    escalations: [],
    owners: { tags: ['owner', 'Owner'], email: '{owner}', domains: ['example.com'] },
  };
}
