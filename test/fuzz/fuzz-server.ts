import { anAnalysis, aStream, aTask } from '../support/jobs/fake-jobs.ts';
import { createContext } from '../../src/graphql/context.ts';
import { noMedia } from '../../src/media/no-media.ts';
import { isErrorCode } from '../../src/graphql/format-error/error-codes.ts';
import { formatError } from '../../src/graphql/format-error/format-error.ts';
import { buildSchema } from '../../src/graphql/schema.ts';
import type { Jobs, TeamEvent } from '../../src/jobs/jobs.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createPersistedOperations } from '../../src/server/operations/persisted/persisted-operations.ts';
import { startServer } from '../../src/server/server.ts';

/** The server with the real schema, over jobs that are always there and remember nothing, so that it can run for hours. */
export interface FuzzServer {
  readonly url: string;
  /** Unexpected errors that the server logged so far; there should be none. */
  readonly faults: readonly unknown[];
  close(): Promise<void>;
}

const analysis = anAnalysis({ status: 'COMPLETED', progress: 100 });
const task = aTask();

const steadyJobs: Jobs = {
  storeId: 'store',
  recent: () => null,
  find: ({ kind }) => Promise.resolve(kind === 'ANALYSIS' ? analysis : task),
  known: (keys) => Promise.resolve(keys.map(({ kind }) => (kind === 'ANALYSIS' ? analysis : task))),
  list: ({ kind }) => Promise.resolve(kind === 'ANALYSIS' ? [analysis] : [task]),
  submitAnalysis: () => Promise.resolve(analysis),
  createHeadSwapTask: () => Promise.resolve(task),
  createResult: () => Promise.resolve(null),
  creditBalance: () => Promise.resolve(1),
  watch: ({ kind }) => Promise.resolve(aStream([kind === 'ANALYSIS' ? analysis : task], true)),
  watchTeam: () => Promise.resolve(aStream<TeamEvent>([{ sequence: 1, job: task }], true)),
  sequence: () => Promise.resolve(1),
};

/** No bound on rates: what is fuzzed is what one request can do. */
const UNBOUNDED = { perSecond: 1e9, burst: 1e9 };

/** Starts one on a free port of loopback. */
export async function startFuzzServer(): Promise<FuzzServer> {
  const faults: unknown[] = [];
  const ignore = (): void => undefined;
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    schema: buildSchema(),
    stateSubscriptions: ['analysisStatusChanged', 'headSwapTaskStatusChanged'],
    contextFor: (caller) => createContext(caller, steadyJobs, noMedia),
    authenticate: () => Promise.resolve({ team: 'team-1', expiresAt: null }),
    formatError,
    explorer: false,
    persisted: createPersistedOperations({}),
    persistedOnly: false,
    explorerFolders: { programs: '.', operations: '.' },
    allowedOrigins: [],
    loopbackHostsOnly: true,
    webhook: null,
    ready: () => Promise.resolve(true),
    log: { debug: ignore, info: ignore, warn: ignore, error: ({ error }) => faults.push(error) },
    clock: systemClock,
    limits: { rates: { query: UNBOUNDED, mutation: UNBOUNDED, subscription: UNBOUNDED } },
  });
  return { url: server.url, faults, close: () => server.close() };
}

/** What is wrong with a list of errors as callers got it, or null. */
export function problemWithErrors(errors: unknown): string | null {
  if (!Array.isArray(errors) || errors.length === 0) return 'errors is no list of errors';
  for (const error of errors) {
    const code: unknown = error?.extensions?.code;
    if (!isErrorCode(code)) return `an error without a code of ours: ${String(code)}`;
    if (code === 'INTERNAL') return 'INTERNAL';
    if (typeof error.message !== 'string' || error.message.length > 600) return 'a strange message';
  }
  return null;
}
