import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

/** A span as it was exported. */
export interface ExportedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Null: it begins its trace, as far as this process knows. */
  readonly parentId: string | null;
  readonly name: string;
  readonly kind: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly failed: boolean;
  readonly resource: Readonly<Record<string, unknown>>;
}

/** A real OTLP receiver on loopback. */
export interface Collector {
  readonly url: string;
  /** What came so far. */
  readonly spans: readonly ExportedSpan[];
  /** Every byte of every export, as text that no encoding can hide in. */
  readonly bytes: () => string;
  /** The headers of each export. */
  readonly headers: readonly Readonly<Record<string, unknown>>[];
  /** The one span of that name so far; throws when there is none, or another one. */
  one(name: string): ExportedSpan;
  named(name: string): readonly ExportedSpan[];
  /** The spans right below another. */
  below(span: ExportedSpan): readonly ExportedSpan[];
  stop(): Promise<void>;
}

const PROTO = fileURLToPath(new URL('trace.proto', import.meta.url));

/** Starts one; `port` 0: a free one. */
export async function startCollector(port = 0): Promise<Collector> {
  const root = await protobuf.load(PROTO);
  const request = root.lookupType('ExportTraceServiceRequest');
  const spans: ExportedSpan[] = [];
  const bodies: Buffer[] = [];
  const headers: Readonly<Record<string, unknown>>[] = [];
  const server: Server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      bodies.push(body);
      headers.push(incoming.headers);
      const told = request.toObject(request.decode(body), { enums: String, longs: Number });
      spans.push(...spansIn(told));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const own = typeof address === 'object' ? address?.port : 0;
  const named = (name: string) => spans.filter((span) => span.name === name);
  return {
    url: `http://127.0.0.1:${own}`,
    spans,
    headers,
    bytes: () => Buffer.concat(bodies).toString('latin1'),
    named,
    one(name) {
      const [span, ...others] = named(name);
      if (span === undefined || others.length > 0) {
        const all = spans.map((each) => each.name).join(', ');
        throw new Error(`${others.length + (span ? 1 : 0)} spans are named ${name}: ${all}`);
      }
      return span;
    },
    below: ({ spanId }) => spans.filter(({ parentId }) => parentId === spanId),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

// oxlint-disable-next-line typescript/no-explicit-any -- what protobufjs makes of a message
function spansIn(told: any): ExportedSpan[] {
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  const each = (list: any): any[] => list ?? [];
  return each(told.resourceSpans).flatMap(({ resource, scopeSpans }) =>
    each(scopeSpans).flatMap(({ spans }) =>
      each(spans).map((span) => ({
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentId: span.parentSpanId?.length > 0 ? hex(span.parentSpanId) : null,
        name: span.name,
        kind: span.kind,
        attributes: attributesOf(span.attributes),
        links: each(span.links).map((link) => ({
          traceId: hex(link.traceId),
          spanId: hex(link.spanId),
        })),
        failed: span.status?.code === 'ERROR',
        resource: attributesOf(resource?.attributes),
      })),
    ),
  );
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

// oxlint-disable-next-line typescript/no-explicit-any -- as above
function attributesOf(list: any): Record<string, unknown> {
  return Object.fromEntries(
    // oxlint-disable-next-line typescript/no-explicit-any -- as above
    (list ?? []).map(({ key, value }: any) => [key, Object.values(value)[0]]),
  );
}
