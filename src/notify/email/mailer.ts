/** The connection to the server that sends e-mail. */
import type { Mail, SendMailOptions, SMTPPoolOptions, SMTPPoolSentMessageInfo } from 'nodemailer';
import type { SmtpSettings } from '../../config/mail.ts';
import { domainOf } from '../../domain/mail-address.ts';
import { readSmtpServer, type SmtpServer } from './smtp-url.ts';

export interface Mailer {
  /** @throws SmtpFault */
  send(mail: SendMailOptions, signal: AbortSignal): Promise<SMTPPoolSentMessageInfo>;
  /** Logs in. @returns the server. @throws SmtpFault */
  logIn(signal: AbortSignal): Promise<SmtpServer>;
  close(): void;
}

/** The server was not reached, or did not take the mail. */
export class SmtpFault extends Error {
  override readonly name = 'SmtpFault';
  /** Absent where its URL cannot be read. */
  readonly server: SmtpServer | undefined;

  constructor(server: SmtpServer | undefined, message: string, cause: unknown) {
    super(message, { cause });
    this.server = server;
  }
}

/** A channel is taken for hanging after 45 seconds. */
const ATTEMPT_MS = 40_000;
const CONNECT_MS = 10_000;
const GREETING_MS = 15_000;
const SILENCE_MS = 30_000;
/** Servers and firewalls forget connections that are silent for some minutes. */
const IDLE_MS = 30_000;

type Transport = Mail<SMTPPoolSentMessageInfo, SMTPPoolOptions>;

interface Opened {
  readonly text: string;
  readonly server: SmtpServer;
  readonly transport: Transport;
}

/** Nothing is loaded, read or connected before the first mail. */
export function createMailer(smtp: SmtpSettings): Mailer {
  let opened: Opened | undefined;
  const open = async (): Promise<Opened> => {
    const { createTransport } = await import('nodemailer');
    // No other mail comes in between from here on.
    const { text, server } = readServer(smtp.urlFile);
    if (opened?.text === text) return opened;
    // Mails that are on their way with the old URL arrive.
    opened?.transport.close();
    opened = { text, server, transport: createTransport(optionsOf(server, smtp)) };
    return opened;
  };
  const within = async <T>(signal: AbortSignal, act: (opened: Opened, ends: AbortSignal) => Promise<T>): Promise<T> => {
    const now = await open();
    try {
      return await act(now, AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]));
    } catch (error) {
      throw new SmtpFault(now.server, 'the mail server does not take the mail', error);
    }
  };
  return {
    send: async (mail, signal) =>
      within(signal, async ({ transport }, ends) => transport.sendMail({ ...mail, signal: ends })),
    logIn: async (signal) =>
      within(signal, async ({ transport, server }, ends) => {
        await Promise.race([transport.verify(), aborted(ends)]);
        return server;
      }),
    close: () => {
      opened?.transport.close({ force: true });
      opened = undefined;
    },
  };
}

/** @throws SmtpFault */
function readServer(file: string): ReturnType<typeof readSmtpServer> {
  try {
    return readSmtpServer(file);
  } catch (error) {
    throw new SmtpFault(undefined, error instanceof Error ? error.message : 'the URL cannot be read', error);
  }
}

function optionsOf({ host, port, tls, login, name }: SmtpServer, smtp: SmtpSettings): SMTPPoolOptions & { pool: true } {
  return {
    pool: true,
    host,
    port,
    secure: tls === 'begins',
    requireTLS: tls === 'upgraded',
    ignoreTLS: tls === 'none',
    // The default would be [127.0.0.1] on most machines, to which some servers do not talk.
    name: name ?? domainOf(smtp.from.address),
    // A password that the server does not ask for belongs to another server.
    ...(login === undefined ? {} : { auth: { user: login.user, pass: login.password }, forceAuth: true }),
    maxConnections: 2,
    rateLimit: smtp.perSecond,
    rateDelta: 1_000,
    idleTimeout: IDLE_MS,
    // Mails that did not arrive are sent again by us, and later.
    maxRequeues: 1,
    connectionTimeout: CONNECT_MS,
    dnsTimeout: CONNECT_MS,
    greetingTimeout: GREETING_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  };
}

async function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => {
    reject(new Error('aborted', { cause: signal.reason }));
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return promise;
}
