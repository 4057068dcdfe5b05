/** What people, alerts and machines do in a week by chance. */
import fc from 'fast-check';

export const TEAMS = ['ml', 'ml', 'web'] as const;
export const PEOPLE = ['pia', 'ben'] as const;

export type Act =
  | {
      readonly do: 'fire' | 'resolve' | 'cancel' | 'end lease' | 'release all' | 'switch on' | 'switch off';
      readonly on: number;
    }
  | { readonly do: 'hold'; readonly on: number; readonly who: string; readonly minutes: number }
  | { readonly do: 'release'; readonly on: number; readonly who: string }
  | { readonly do: 'start'; readonly on: number; readonly who: string; readonly minutes?: number | undefined }
  | { readonly do: 'stop'; readonly on: number; readonly who: string; readonly override: boolean }
  | { readonly do: 'lease' | 'extend'; readonly on: number; readonly minutes: number }
  | { readonly do: 'pause'; readonly team?: string | undefined; readonly minutes?: number | undefined }
  | { readonly do: 'resume' | 'channel up' | 'channel down' }
  | { readonly do: 'tag'; readonly on: number; readonly text: string };

const on = fc.integer({ min: 0, max: TEAMS.length - 1 });
const who = fc.constantFrom(...PEOPLE);
const minutes = fc.constantFrom(1, 5, 14, 15, 16, 30, 45, 60, 120, 480);

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('fire' as const), on }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('hold' as const), on, who, minutes }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('start' as const),
      on,
      who,
      minutes: fc.option(minutes, { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('lease' as const, 'extend' as const), on, minutes }) },
  fc.record({ do: fc.constant('release' as const), on, who }),
  fc.record({ do: fc.constant('stop' as const), on, who, override: fc.boolean() }),
  fc.record({
    do: fc.constantFrom(...(['resolve', 'cancel', 'end lease', 'release all', 'switch on', 'switch off'] as const)),
    on,
  }),
  fc.record({
    do: fc.constant('pause' as const),
    team: fc.constantFrom(undefined, 'ml'),
    minutes: fc.option(minutes, { nil: undefined }),
  }),
  fc.record({ do: fc.constantFrom(...(['resume', 'channel up', 'channel up', 'channel down'] as const)) }),
  fc.record({
    do: fc.constant('tag' as const),
    on,
    text: fc.constantFrom('', '2026-11-23', '2026-11-24T06:30Z', '2026-11-23T12:00', 'forever', 'none'),
  }),
);

export const week = fc.array(fc.tuple(fc.constantFrom(1, 2, 7, 14, 15, 16, 29, 31, 90, 300), act), {
  minLength: 4,
  maxLength: 25,
});
export const config = fc.record({
  warn: fc.record({
    always: fc.boolean(),
    before: fc.constantFrom('15m', '5m'),
    if_undelivered: fc.constantFrom('wait', 'wait', 'stop'),
  }),
  channels: fc.constantFrom([], [{ name: 'bus', webhook: { url: 'http://127.0.0.1:9/' } }]),
});
export type WeekConfig = typeof config extends fc.Arbitrary<infer T> ? T : never;
