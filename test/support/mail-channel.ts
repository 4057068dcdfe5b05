/** The channel for e-mail, open to a mail server. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Mailbox } from '../../src/domain/mail-address.ts';
import type { Channel, Delivered } from '../../src/notify/channel.ts';
import { email } from '../../src/notify/email/email.ts';
import { letter } from './letters.ts';
import { temporaryDirectory } from './operator.ts';

export const NEVER = new AbortController().signal;

const FROM: Mailbox = { name: 'ec2-operator', address: 'ec2@example.com' };

export interface MailSite extends AsyncDisposable {
  readonly channel: Channel;
  readonly deliver: (given?: Parameters<typeof letter>[0]) => Promise<Delivered>;
  readonly changeUrl: (url: string) => Promise<void>;
}

export async function openMailChannel(url: string, from: Mailbox = FROM): Promise<MailSite> {
  await using stack = new AsyncDisposableStack();
  const urlFile = path.join(await temporaryDirectory(stack), 'url');
  await writeFile(urlFile, `${url}\n`);
  const channel = email.parse({ to: 'owner' }).open({
    clock: Date.now,
    zone: 'UTC',
    longestHoldMs: 86_400_000,
    smtp: { urlFile, from, perSecond: 100_000 },
  });
  stack.defer(async () => channel.close?.());
  const open = stack.move();
  return {
    channel,
    deliver: async (given) => channel.deliver(letter(given), NEVER),
    changeUrl: async (other) => writeFile(urlFile, other),
    [Symbol.asyncDispose]: async () => open.disposeAsync(),
  };
}
