import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { html, json, type RecordedRequest, type ScriptedAnswer } from './scripted-answers.ts';

/**
 * A stand-in for AKOOL that does exactly what a test tells it to, over real sockets. Untold, it plays AKOOL's happy answers:
 * submits make jobs with status 1, reads tell a job's present fields, ids that were never made are 1014.
 */
export interface ScriptedUpstream {
  /** The base URL, prefix included. */
  readonly url: string;
  /** Every request that was read whole, in order. */
  readonly requests: readonly RecordedRequest[];
  /** Connections taken so far. */
  readonly connections: number;
  /** What a new connection meets before HTTP begins. */
  connectionMode: ConnectionMode;
  /** The balance that quota/info tells. */
  credit: number;
  /** The requests to one endpoint. */
  requestsTo(endpoint: Endpoint): RecordedRequest[];
  /** Answers the next requests to an endpoint with these, in order. */
  next(endpoint: Endpoint, ...answers: ScriptedAnswer[]): void;
  /** Answers all requests to an endpoint with this, after what `next` lined up; null: happily again. */
  always(endpoint: Endpoint, answer: ScriptedAnswer | null): void;
  /** Makes a job, or changes fields of its `data`; undefined removes one. */
  setAnalysis(id: string, fields?: JobFields): void;
  setTask(id: string, fields?: JobFields): void;
  /** Denies knowing the job from now on. */
  forget(id: string): void;
  /** Resolves once an endpoint has had so many requests. */
  received(endpoint: Endpoint, count: number): Promise<void>;
  /** Ends the server and every connection. */
  stop(): Promise<void>;
}

/** The endpoints that AKOOL has for us. */
export type Endpoint = 'analyze' | 'analysis' | 'createTask' | 'task' | 'getToken' | 'quota';

/** `accept`: speak HTTP. `reset`: reset at once. `reset-on-data`: reset at the first byte. `silent`: take it and do nothing. */
export type ConnectionMode = 'accept' | 'reset' | 'reset-on-data' | 'silent';

/** Fields of a job's `data`, under AKOOL's names. */
export type JobFields = Readonly<Record<string, unknown>>;

/** How to start one. */
export interface ScriptedUpstreamOptions {
  /** A path in front of every endpoint, as in `/akool/v9`. */
  readonly prefix?: string;
  /** Speaks TLS with this certificate. */
  readonly tls?: TlsOptions;
}

const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  'POST /api/open/v4/headswap/analyze': 'analyze',
  'GET /api/open/v4/headswap/analyze/detail': 'analysis',
  'POST /api/open/v4/headswap/task/create': 'createTask',
  'GET /api/open/v4/headswap/task/detail': 'task',
  'POST /api/open/v3/getToken': 'getToken',
  'GET /api/open/v3/faceswap/quota/info': 'quota',
};

interface Received {
  readonly endpoint: Endpoint | null;
  readonly request: RecordedRequest;
}

/** Starts one on a free port of 127.0.0.1. */
export async function startScriptedUpstream(
  options: ScriptedUpstreamOptions = {},
): Promise<ScriptedUpstream> {
  const { prefix = '', tls } = options;
  const received: Received[] = [];
  const queued = new Map<Endpoint, ScriptedAnswer[]>();
  const standing = new Map<Endpoint, ScriptedAnswer>();
  const jobs = new Map<string, JobFields>();
  const watchers = new Set<() => void>();
  const sockets = new Set<Socket>();
  let connections = 0;
  let made = 0;

  const makeJob = (fields: JobFields): JobFields => {
    made += 1;
    const suffix = made.toString(16).padStart(12, '0');
    const base = { _id: `6a066d036257${suffix}`, task_id: `7b066d036257${suffix}` };
    const job = { ...base, create_time: 1_778_806_019_014 + made, status: 1, ...fields };
    jobs.set(base._id, job);
    return job;
  };
  const tell = (request: RecordedRequest): ScriptedAnswer => {
    const id = new URL(request.path, 'http://scripted').searchParams.get('_id') ?? '';
    const job = jobs.get(id);
    return job === undefined
      ? json({ code: 1014, msg: 'Resource does not exist' })
      : json({ code: 1000, msg: 'OK', data: job });
  };
  const happy: Readonly<Record<Endpoint, (request: RecordedRequest) => ScriptedAnswer>> = {
    analyze: ({ json: body }) =>
      json({
        code: 1000,
        msg: 'Analyze success',
        data: makeJob({ type: 'head', progress: 0, video_url: field(body, 'video_url') }),
      }),
    createTask(request) {
      const job = makeJob({
        video_duration: 10,
        resolution: field(request.json, 'resolution'),
        model_name: field(request.json, 'model_name'),
        file_name: 'Headswap_scripted.mp4',
      });
      // The answer to a create lacks the source, and has the lock instead of the deduction.
      jobs.set(String(job['_id']), {
        ...job,
        progress: 0,
        source_video_url: field(request.json, 'video_url'),
      });
      const data = { ...job, deduction_lock_duration: 100, video_url: null };
      return json({ code: 1000, msg: 'OK', data });
    },
    analysis: tell,
    task: tell,
    getToken: () => json({ code: 1000, token: `scripted-token-${countOf('getToken')}` }),
    quota: () => json({ code: 1000, msg: 'OK', data: { credit: upstream.credit } }),
  };

  const countOf = (endpoint: Endpoint): number =>
    received.filter((one) => one.endpoint === endpoint).length;

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await record(incoming, prefix);
    const line = `${request.method} ${request.path.split('?')[0]}`;
    const isOurs = incoming.url?.startsWith(prefix) === true;
    const endpoint = (isOurs ? ENDPOINTS[line] : undefined) ?? null;
    received.push({ endpoint, request });
    const reply =
      endpoint === null
        ? html(404)
        : (queued.get(endpoint)?.shift() ?? standing.get(endpoint) ?? happy[endpoint](request));
    reply({ request, response, socket: incoming.socket });
    for (const watcher of watchers) watcher();
  };

  const httpServer = createServer((incoming, response) => {
    // The client may go away at any moment; that is what the tests are about.
    handle(incoming, response).catch(() => incoming.socket.destroy());
  });
  httpServer.keepAliveTimeout = 60_000;

  const take = (socket: Socket): void => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    switch (upstream.connectionMode) {
      case 'accept':
        httpServer.emit('connection', socket);
        break;
      case 'reset':
        socket.resetAndDestroy();
        break;
      case 'reset-on-data':
        socket.once('data', () => socket.resetAndDestroy());
        break;
      case 'silent':
        break;
    }
  };
  const server = tls === undefined ? createTcpServer(take) : createTlsServer(tls, take);
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  const upstream: ScriptedUpstream = {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}${prefix}`,
    get requests() {
      return received.map((one) => one.request);
    },
    get connections() {
      return connections;
    },
    connectionMode: 'accept',
    credit: 1_000,
    requestsTo: (endpoint) =>
      received.filter((one) => one.endpoint === endpoint).map((one) => one.request),
    next(endpoint, ...answers) {
      queued.set(endpoint, [...(queued.get(endpoint) ?? []), ...answers]);
    },
    always(endpoint, reply) {
      if (reply === null) standing.delete(endpoint);
      else standing.set(endpoint, reply);
    },
    setAnalysis(id, fields = {}) {
      const blank = { _id: id, status: 1, video_url: 'https://example.com/source.mp4' };
      jobs.set(id, { ...(jobs.get(id) ?? blank), ...fields });
    },
    setTask(id, fields = {}) {
      const blank = { _id: id, status: 1, source_video_url: 'https://example.com/source.mp4' };
      jobs.set(id, { ...(jobs.get(id) ?? blank), ...fields });
    },
    forget: (id) => void jobs.delete(id),
    received: (endpoint, count) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (countOf(endpoint) < count) return;
          watchers.delete(check);
          resolve();
        };
        watchers.add(check);
        check();
      }),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return upstream;
}

async function record(incoming: IncomingMessage, prefix: string): Promise<RecordedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  const rawBody = Buffer.concat(chunks);
  const url = incoming.url ?? '';
  return {
    method: incoming.method ?? '',
    path: url.startsWith(prefix) ? url.slice(prefix.length) : url,
    headers: Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
    ),
    rawBody,
    json: parseOrUndefined(rawBody.toString()),
  };
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function field(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
}
