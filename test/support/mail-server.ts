/** A real mail server that a test tells what to answer. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { Certificate } from './certificates.ts';

/** A mail as it came over the wire. */
export interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly bytes: Buffer;
  readonly isSecure: boolean;
  readonly user?: string;
  /** The client's name for itself. */
  readonly greeting: string;
}

export const STEPS = ['connect', 'login', 'sender', 'recipient', 'data'] as const;
export type Step = (typeof STEPS)[number];

/** An SMTP answer such as `450 4.7.1 try later`; or no answer, with the connection left open or cut. */
export type Saying = `${4 | 5}${number} ${string}` | 'silent' | 'cut';

export interface MailServerOptions {
  /** Offers STARTTLS, or begins with TLS. Default: a server in the clear. */
  readonly tls?: { readonly certificate: Certificate; readonly begins?: boolean };
  readonly login?: { readonly user: string; readonly password: string };
  /** What goes wrong at this step. Asked each time. */
  readonly says?: (step: Step, about: string) => Saying | undefined;
  /** What it says after it has taken a mail. */
  readonly thanks?: string;
}

export interface MailServer extends AsyncDisposable {
  readonly port: number;
  readonly mails: readonly Received[];
  /** How often a client has connected. */
  readonly connections: () => number;
  /** Resolves with the mail of this number, the first being 0. */
  readonly mail: (index: number) => Promise<Received>;
}

export async function startMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const { tls, login, thanks, says = () => undefined } = options;
  const mails: Received[] = [];
  const waiting = new Set<() => void>();
  const sockets = new Set<Socket>();
  let connected = 0;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const obey = (step: Step, about: string, go: (error?: Error) => void): void => {
    const said = says(step, about);
    if (said === undefined) go();
    else if (said === 'cut') cut();
    else if (said !== 'silent') go(Object.assign(new Error(said.slice(4)), { responseCode: Number(said.slice(0, 3)) }));
  };
  const server = new SMTPServer({
    ...secured(tls),
    authOptional: login === undefined,
    ...(login === undefined ? { disabledCommands: ['AUTH', ...(tls === undefined ? ['STARTTLS'] : [])] } : {}),
    ...(login !== undefined && tls === undefined ? { allowInsecureAuth: true, disabledCommands: ['STARTTLS'] } : {}),
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: true,
    closeTimeout: 10,
    onConnect: (_session, done) => {
      connected += 1;
      obey('connect', '', done);
    },
    onAuth: ({ username = '', password }, _session, done) => {
      obey('login', username, (error) => {
        const isRight = login !== undefined && username === login.user && password === login.password;
        if (error === undefined && isRight) done(null, { user: username });
        else done(error ?? refusal(535, '5.7.8 Authentication credentials invalid'));
      });
    },
    onMailFrom: ({ address }, _session, done) => {
      obey('sender', address, done);
    },
    onRcptTo: ({ address }, _session, done) => {
      obey('recipient', address, done);
    },
    onData: (stream, { envelope, secure, user, hostNameAppearsAs: greeting }, done) => {
      const said = says('data', '');
      // The connection ends in the middle of the mail.
      if (said === 'cut') stream.once('data', cut);
      const read = async (): Promise<void> => {
        const bytes = await buffer(stream).catch(() => undefined);
        if (bytes === undefined || said === 'silent') return;
        if (said !== undefined) {
          done(refusal(Number(said.slice(0, 3)), said.slice(4)));
          return;
        }
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        mails.push({ from, to, bytes, isSecure: secure, greeting, ...(typeof user === 'string' ? { user } : {}) });
        done(null, thanks);
        for (const look of waiting) look();
      };
      if (said === 'cut') stream.resume();
      else void read();
    },
  });
  // Clients that hang up are part of the tests.
  server.on('error', () => undefined);
  server.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const address = server.server.address();
  assert.ok(address !== null && typeof address !== 'string');
  return {
    port: address.port,
    mails,
    connections: () => connected,
    mail: async (index) => {
      const { promise, resolve } = Promise.withResolvers<Received>();
      const look = (): void => {
        const mail = mails[index];
        if (mail === undefined) return;
        waiting.delete(look);
        resolve(mail);
      };
      waiting.add(look);
      look();
      return promise;
    },
    [Symbol.asyncDispose]: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(resolve);
      cut();
      await promise;
    },
  };
}

function secured(tls: MailServerOptions['tls']): SMTPServerOptions {
  if (tls === undefined) return {};
  const { certificate, begins = false } = tls;
  return { secure: begins, cert: certificate.pem.cert, key: certificate.pem.key };
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
