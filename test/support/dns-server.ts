/** A DNS server over UDP that says what a test has it say, and remembers what it was asked. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import ipaddr from 'ipaddr.js';

export type Zone = Readonly<Record<string, Answer>>;

/** Addresses of both families; an error; or no answer, for a time or for ever. */
export type Answer =
  | readonly string[]
  | 'servfail'
  | 'refused'
  | 'silent'
  | { readonly afterMs: number; readonly gives?: readonly string[] };

export interface DnsServer extends AsyncDisposable {
  /** `address:port` */
  readonly address: string;
  /** `A gpu-1.example`, in the order in which they came. */
  readonly questions: readonly string[];
  /** Names, lower case; `*.example` is a wildcard. What is not there does not exist. */
  zone: Zone;
}

const CODES = { ok: 0, servfail: 2, nxdomain: 3, refused: 5 } as const;
const A = 1;
const AAAA = 28;

export async function startDnsServer(zone: Zone, { host = '127.0.0.1', port = 0 } = {}): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const questions: string[] = [];
  const server = { zone };
  const timers = new Set<NodeJS.Timeout>();
  socket.on('message', (query, from) => {
    const { name, type, end } = readQuestion(query);
    questions.push(`${type === A ? 'A' : 'AAAA'} ${name}`);
    const answer = server.zone[name] ?? server.zone[name.replace(/^[^.]+/, '*')];
    const send = (): void => socket.send(reply(query.subarray(0, end), type, answer), from.port, from.address);
    if (answer === 'silent') return;
    if (typeof answer === 'object' && 'afterMs' in answer) timers.add(setTimeout(send, answer.afterMs));
    else send();
  });
  socket.bind(port, host);
  await once(socket, 'listening');
  return {
    address: `${host}:${socket.address().port}`,
    questions,
    get zone() {
      return server.zone;
    },
    set zone(next) {
      server.zone = next;
    },
    [Symbol.asyncDispose]: async () => {
      for (const timer of timers) clearTimeout(timer);
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

/** The one question behind the header of twelve bytes. */
function readQuestion(query: Buffer): { readonly name: string; readonly type: number; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function reply(question: Buffer, type: number, answer: Answer | undefined): Buffer {
  const addresses = addressesOf(answer);
  const records = addresses
    .map((text) => ipaddr.parse(text))
    .filter((address) => (address.kind() === 'ipv4' ? A : AAAA) === type)
    .map((address) => recordOf(type, address.toByteArray()));
  const header = Buffer.from(question);
  // A response, recursion desired and available, no question but ours and no additional records.
  header.writeUInt16BE(0x8180 | codeOf(answer), 2);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt16BE(0, 10);
  return Buffer.concat([header, ...records]);
}

function addressesOf(answer: Answer | undefined): readonly string[] {
  if (typeof answer !== 'object') return [];
  return 'afterMs' in answer ? (answer.gives ?? []) : answer;
}

function codeOf(answer: Answer | undefined): number {
  if (answer === undefined) return CODES.nxdomain;
  return answer === 'servfail' || answer === 'refused' ? CODES[answer] : CODES.ok;
}

/** Its name is the question's, twelve bytes from the start; it may be kept for no time. */
function recordOf(type: number, address: readonly number[]): Buffer {
  return Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, address.length, ...address]);
}
