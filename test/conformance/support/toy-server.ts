import { buildSchema, type GraphQLFieldConfigArgumentMap, type GraphQLSchema } from 'graphql';
import { GatewayError } from '../../../src/domain/errors.ts';
import type { Caller } from '../../../src/domain/caller.ts';
import { formatError } from '../../../src/graphql/format-error/format-error.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import type { Log } from '../../../src/runtime/log.ts';
import type { Credentials } from '../../../src/auth/credentials.ts';
import type { ServerLimits } from '../../../src/server/limits.ts';
import { createPersistedOperations } from '../../../src/server/operations/persisted/persisted-operations.ts';
import { startServer, type RunningServer, type ServerOptions } from '../../../src/server/server.ts';
import { createToyJobs, type ToyJobs } from './toy-jobs.ts';

const SDL = /* GraphQL */ `
  type Query {
    hello: String
    echo(text: String!): String!
    team: String!
    boom: String
    missing: String
    "Answers when the gate is opened."
    slow: String
    self: Query
  }
  type Mutation {
    buy(count: Int! = 1): Int!
    "Buys when the gate is opened."
    buySlowly: Int
  }
  type Subscription {
    job(id: ID!, after: Int): Job!
    feed: Int!
    broken: Int
    "Opens when the gate is opened."
    stuck: Int
  }
  type Job {
    id: ID!
    version: Int!
    final: Boolean!
    text: String!
    team: String!
    "Differs in every context."
    context: Int!
    "Answers when the gate is opened."
    slow: String
  }
`;

interface ToyContext {
  readonly caller: Caller;
  readonly number: number;
}

export interface ToyServer extends RunningServer {
  readonly jobs: ToyJobs;
  /** Everything bought. */
  readonly bought: number[];
  /** Contexts made so far. */
  readonly contexts: number;
  /** Lines logged at level error. */
  readonly errors: { readonly fields: Readonly<Record<string, unknown>> }[];
  /** Lets every `slow` answer, those to come too. */
  openGate(): void;
  /** Whatever waits for the gate. */
  readonly waiting: number;
}

/** Any limit may be given beside the server's own options. */
export type ToyOptions = Partial<ServerOptions> & { readonly limits?: Partial<ServerLimits> };

/**
 * `x-api-key: team-a` is team a's; `wrong` is nobody's; none is the default team's, for as long as `expiresAt` says by then.
 */
export function toyAuthenticate(expiresAt = (): number | null => null) {
  return async ({ apiKey }: Credentials): Promise<Caller | null> => {
    if (apiKey === undefined) return { team: 'default', expiresAt: expiresAt() };
    return apiKey.startsWith('team-') ? { team: apiKey.slice(5), expiresAt: null } : null;
  };
}

/** The whole server with a small schema, on a free port of loopback. */
export async function startToyServer(options: ToyOptions = {}): Promise<ToyServer> {
  const jobs = createToyJobs();
  const bought: number[] = [];
  const errors: ToyServer['errors'] = [];
  let contexts = 0;
  let waiting = 0;
  let openGate = (): void => {};
  const gate = new Promise<void>((resolve) => {
    openGate = resolve;
  });
  const log: Log = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (fields) => errors.push({ fields }),
  };
  const passGate = async <Value>(value: Value): Promise<Value> => {
    waiting += 1;
    await gate;
    waiting -= 1;
    return value;
  };
  const schema =
    options.schema ??
    toySchema(
      {
        hello: () => 'world',
        echo: ({ text }) => text,
        team: (_args, { caller }) => caller.team,
        boom: () => {
          throw new Error('the-secret-inside');
        },
        missing: () => {
          throw new GatewayError('NOT_FOUND', 'No such thing.');
        },
        slow: () => passGate('done'),
        self: () => ({}),
        buy: ({ count }) => {
          bought.push(Number(count));
          return count;
        },
        buySlowly: async () => bought.push(await passGate(1)),
      },
      jobs,
      passGate,
    );
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    schema,
    stateSubscriptions: ['job'],
    contextFor: (caller): ToyContext => ({ caller, number: (contexts += 1) }),
    eventId: (event) =>
      typeof event === 'object' && event !== null && 'version' in event
        ? String(event.version)
        : null,
    authenticate: toyAuthenticate(),
    formatError,
    explorer: true,
    persisted: createPersistedOperations({}),
    persistedOnly: false,
    explorerFolders: {
      programs: new URL('../../../dist/explorer', import.meta.url).pathname,
      operations: new URL('operations', import.meta.url).pathname,
    },
    allowedOrigins: [],
    loopbackHostsOnly: true,
    webhook: null,
    ready: async () => true,
    log,
    clock: systemClock,
    ...options,
  });
  return {
    ...server,
    jobs,
    bought,
    errors,
    openGate,
    get contexts() {
      return contexts;
    },
    get waiting() {
      return waiting;
    },
  };
}

type Resolvers = Readonly<
  Record<string, (args: Readonly<Record<string, unknown>>, context: ToyContext) => unknown>
>;

function toySchema(
  resolvers: Resolvers,
  jobs: ToyJobs,
  passGate: <Value>(value: Value) => Promise<Value>,
): GraphQLSchema {
  const schema = buildSchema(SDL);
  for (const type of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      field.resolve = (
        _source: unknown,
        args: GraphQLFieldConfigArgumentMap,
        context: ToyContext,
      ) => resolvers[field.name]?.(args, context);
    }
  }
  const { job, feed, broken, stuck } = schema.getSubscriptionType()?.getFields() ?? {};
  if (job && feed && broken && stuck) {
    stuck.subscribe = async () => {
      await passGate(null);
      return jobs.feed();
    };
    job.subscribe = (_source, args: { id: string; after?: number }) =>
      jobs.watch(args.id, args.after ?? null);
    job.resolve = (event: object, _args, context: ToyContext) => ({
      ...event,
      team: context.caller.team,
      context: context.number,
      slow: () => passGate('done'),
    });
    feed.subscribe = () => jobs.feed();
    feed.resolve = (event: unknown) => event;
    broken.subscribe = async function* subscribe() {
      yield 1;
      throw new Error('the-secret-inside');
    };
    broken.resolve = (event: unknown) => event;
  }
  return schema;
}
