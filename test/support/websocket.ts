/** The server's side of a WebSocket (RFC 6455), as far as messages of text need it. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TEXT = 1;
const CLOSE = 8;
const PING = 9;

export interface ServerSocket {
  readonly send: (text: string) => void;
  readonly ping: () => void;
  /** Says goodbye, as the protocol has it. */
  readonly close: () => void;
  /** Breaks the connection without a word. */
  readonly destroy: () => void;
  /** Takes no further bytes, and keeps the connection: the other side has vanished. */
  readonly vanish: () => void;
  readonly isOpen: () => boolean;
}

export interface SocketListeners {
  readonly onText: (text: string) => void;
  readonly onEnd: () => void;
}

export function acceptWebSocket(request: IncomingMessage, socket: Duplex, listeners: SocketListeners): ServerSocket {
  const key = createHash('sha1')
    .update(`${request.headers['sec-websocket-key'] ?? ''}${GUID}`)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`,
  );
  let isOpen = true;
  let pending = Buffer.alloc(0);
  const end = (): void => {
    if (!isOpen) return;
    isOpen = false;
    listeners.onEnd();
  };
  const write = (opcode: number, payload: Buffer): void => {
    if (isOpen) socket.write(frame(opcode, payload));
  };
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (let read = readFrame(pending); read !== undefined; read = readFrame(pending)) {
      pending = pending.subarray(read.length);
      if (read.opcode === TEXT) listeners.onText(read.payload.toString());
      if (read.opcode === CLOSE) {
        write(CLOSE, read.payload);
        socket.end();
        end();
      }
    }
  });
  socket.on('error', () => undefined);
  // A server of HTTP keeps its side open otherwise.
  socket.on('end', () => socket.end());
  socket.on('close', end);
  return {
    send: (text) => write(TEXT, Buffer.from(text)),
    ping: () => write(PING, Buffer.from('ping')),
    close: () => write(CLOSE, Buffer.from([0x03, 0xe8])),
    destroy: () => {
      socket.destroy();
    },
    vanish: () => {
      socket.removeAllListeners('data');
      // What comes is read, so that the end of the connection is seen.
      socket.resume();
    },
    isOpen: () => isOpen,
  };
}

function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.from([0x80 | opcode, length]), payload]);
  const head = length < 65_536 ? Buffer.alloc(4) : Buffer.alloc(10);
  head[0] = 0x80 | opcode;
  if (length < 65_536) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}

interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
  readonly length: number;
}

/** A client masks its frames. @returns undefined while the frame is not whole */
function readFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 6) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  if (bytes.length < 6 + extra) return undefined;
  const size = extra === 0 ? short : extra === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const begin = 6 + extra;
  if (bytes.length < begin + size) return undefined;
  const mask = bytes.subarray(begin - 4, begin);
  const payload = Buffer.from(bytes.subarray(begin, begin + size));
  for (let index = 0; index < size; index += 1) payload[index] = (payload[index] ?? 0) ^ (mask[index % 4] ?? 0);
  return { opcode: bytes.readUInt8(0) & 0x0f, payload, length: begin + size };
}
