/** A collector of OpenTelemetry's protocol over HTTP, that keeps what it is sent. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty at the top of a trace. */
  readonly parentSpanId: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly failed: boolean;
}

export interface Collector extends AsyncDisposable {
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  /** Of the resource, as last sent. */
  readonly resource: Readonly<Record<string, string>>;
  readonly requests: readonly { readonly path: string; readonly headers: Readonly<Record<string, unknown>> }[];
  /** Everything that was sent, to look for what must not be in it. */
  readonly bytes: () => Buffer;
}

export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const requests: { path: string; headers: Readonly<Record<string, unknown>> }[] = [];
  const bodies: Buffer[] = [];
  const resource: Record<string, string> = {};
  const server = createServer((request, response) => {
    const keep = (body: Buffer): void => {
      const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      bodies.push(plain);
      requests.push({ path: request.url ?? '', headers: request.headers });
      for (const resourceSpans of parts(plain, 1)) {
        for (const one of parts(resourceSpans, 1)) Object.assign(resource, attributesOf(one, 1));
        for (const scope of parts(resourceSpans, 2)) spans.push(...parts(scope, 2).map(toSpan));
      }
      response.setHeader('content-type', 'application/x-protobuf').end();
    };
    void buffer(request).then(keep);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    resource,
    requests,
    bytes: () => Buffer.concat(bodies),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The numbers are those of opentelemetry/proto/trace/v1/trace.proto. */
function toSpan(span: Buffer): CollectedSpan {
  return {
    traceId: hex(span, 1),
    spanId: hex(span, 2),
    parentSpanId: hex(span, 4),
    name: text(span, 5),
    attributes: attributesOf(span, 9),
    failed: parts(span, 15).some((status) => fields(status).some(({ field, value }) => field === 3 && value === 2)),
  };
}

function attributesOf(message: Buffer, field: number): Readonly<Record<string, string>> {
  return Object.fromEntries(
    parts(message, field).map((pair) => {
      const [value = Buffer.alloc(0)] = parts(pair, 2);
      return [text(pair, 1), fields(value).map((one) => String(one.bytes ?? one.value))[0] ?? ''];
    }),
  );
}

function hex(message: Buffer, field: number): string {
  return parts(message, field)[0]?.toString('hex') ?? '';
}

function text(message: Buffer, field: number): string {
  return parts(message, field)[0]?.toString() ?? '';
}

function parts(message: Buffer, wanted: number): readonly Buffer[] {
  return fields(message).flatMap(({ field, bytes }) => (field === wanted && bytes !== undefined ? [bytes] : []));
}

interface Field {
  readonly field: number;
  readonly value?: number;
  readonly bytes?: Buffer;
}

/** Protocol buffers' wire format, as much of it as spans need. */
function fields(message: Buffer): readonly Field[] {
  const found: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message.readUInt8(at++);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => message.subarray(at, (at += length));
  while (at < message.length) {
    const tag = varint();
    const field = tag >>> 3;
    switch (tag & 7) {
      case 0:
        found.push({ field, value: varint() });
        break;
      case 1:
        found.push({ field, value: take(8).readDoubleLE() });
        break;
      case 2:
        found.push({ field, bytes: take(varint()) });
        break;
      case 5:
        found.push({ field, value: take(4).readFloatLE() });
        break;
      default:
        throw new RangeError(`expected a wire type of protocol buffers 3, got ${tag & 7}`);
    }
  }
  return found;
}
