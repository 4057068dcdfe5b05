/** Letters, as the couriers hand them to a channel. */
import type { Message } from '../../src/domain/message.ts';
import type { Letter } from '../../src/notify/channel.ts';

const AT = Date.UTC(2026, 10, 27, 13, 5);

export const MACHINE = { id: 'i-0a1b2c3d4e5f60001', name: 'gpu-1', region: 'eu-central-1' };

export const WARNING: Message = {
  kind: 'warning',
  title: 'gpu-1 stops at 14:20 CET',
  text: 'No GPU above 2 % since 13:20 CET (alert GpuIdle). Keep it if you still need it: otherwise it stops at 14:20 CET.',
  facts: [
    { name: 'Stops', value: '14:20 CET' },
    { name: 'Machine', value: 'gpu-1 (i-0a1b2c3d4e5f60001)' },
  ],
  links: [
    { purpose: 'keep', label: 'Keep it', url: 'https://ec2.example.com/l/k1.eyJwIjoia2VlcCJ9.c2lnbmF0dXJlMQ' },
    { purpose: 'keep_now', label: 'Keep it', url: 'https://ec2.example.com/l/k1.eyJwIjoibm93In0.c2lnbmF0dXJlMg' },
    { purpose: 'see', label: 'See why', url: 'https://ec2.example.com/l/k1.eyJwIjoic2VlIn0.c2lnbmF0dXJlMw' },
  ],
  machine: MACHINE,
  operation: '0193a1b2-0000-7000-8000-000000000001',
  isQuiet: false,
};

export function letter(given: Partial<Letter> = {}): Letter {
  return {
    id: '0193a1b2-0000-7000-8000-00000000000a',
    channel: 'owners',
    message: WARNING,
    news: { kind: 'test', at: AT, who: 'ann' },
    now: AT,
    recipient: 'ann@example.com',
    thread: '0193a1b2-0000-7000-8000-000000000001',
    ...given,
  };
}
