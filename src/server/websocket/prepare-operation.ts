import type { ExecutionArgs } from 'graphql';
import type { Caller } from '../../domain/caller.ts';
import type { RequestTrace } from '../../log/request-trace.ts';
import { clientError } from '../client-error.ts';
import type { ServerLimits } from '../limits.ts';
import { overloadedError, type Overload } from '../load/overload.ts';
import type { TeamQuota } from '../load/team-quota.ts';
import type { OperationContext } from '../operation-context.ts';
import { pickParams } from '../operation-params.ts';
import {
  withPersistedText,
  type PersistedOperations,
} from '../operations/persisted/persisted-operations.ts';
import type { Refused } from '../operation.ts';
import type { GraphqlServer } from '../yoga.ts';
import type { GatewaySocket } from './gateway-socket.ts';
import type { RunningOperation } from './operation-ids.ts';
import { SocketSubscriber } from './socket-subscriber.ts';

/** What operations on sockets are prepared by. */
export interface PrepareParts {
  /** Gives every operation its way through the plugins. */
  readonly yoga: Pick<GraphqlServer, 'getEnveloped'>;
  readonly persisted: PersistedOperations;
  readonly overload: Overload;
  readonly refusals: SocketRefusals;
  /** Of each team: what runs on its sockets. */
  readonly runningOperations: TeamQuota;
  readonly limits: ServerLimits;
}

/** The arguments of an operation, with its own way through the plugins. */
export interface EnvelopedArgs extends ExecutionArgs {
  /**
   * Null once it has begun: the protocol's library keeps the arguments until the operation ends.
   */
  enveloped: Enveloped | null;
}

/** An operation's own way through the plugins. */
export interface Enveloped extends Pick<
  ReturnType<GraphqlServer['getEnveloped']>,
  'execute' | 'subscribe'
> {
  readonly trace: RequestTrace;
}

/** Whose operation it is, and where it goes. */
export interface SocketOperation {
  readonly socket: GatewaySocket;
  readonly operation: RunningOperation;
  readonly caller: Caller;
  readonly trace: RequestTrace;
}

/**
 * Takes an operation through every plugin up to its execution. Throws what parsing throws: the
 * reasons why it is refused. What is not refused counts as one of its team's until it ends.
 */
export async function prepareOperation(
  { socket, operation, caller, trace }: SocketOperation,
  parts: PrepareParts,
): Promise<EnvelopedArgs | Refused> {
  const { overload, refusals, limits } = parts;
  if (overload.shedding) return refusals.overloaded;
  if (socket.ids.counted >= limits.operationsPerSocket) return refusals.socketFull;
  const { payload } = operation;
  operation.payload = null;
  const picked = pickParams({ ...payload });
  if ('problem' in picked) return { errors: [clientError('BAD_REQUEST', picked.problem)] };
  const params = withPersistedText(picked, parts.persisted);
  const subscriber = new SocketSubscriber(operation.client, socket);
  const { handshake } = socket;
  const context: OperationContext = { trace, caller, params, subscriber, handshake };
  const { parse, validate, contextFactory, execute, subscribe, schema } =
    parts.yoga.getEnveloped(context);
  const document = parse(params.query ?? '');
  const invalid = validate(schema, document);
  if (invalid.length > 0) return { errors: invalid };
  if (!parts.runningOperations.take(caller.team)) return refusals.teamFull;
  operation.counted = true;
  return {
    schema,
    document,
    operationName: params.operationName,
    variableValues: params.variables,
    contextValue: await contextFactory(),
    // The protocol's library would add it, out of the object's place.
    rootValue: undefined,
    enveloped: { execute, subscribe, trace },
  };
}

/**
 * Why no operation may begin on a socket. Made once: whoever sends too much is not to cost much.
 */
export interface SocketRefusals {
  readonly overloaded: Refused;
  readonly socketFull: Refused;
  readonly teamFull: Refused;
}

export function createSocketRefusals(limits: ServerLimits): SocketRefusals {
  const full = (most: string): Refused => ({
    errors: [clientError('RATE_LIMITED', most, { retryAfterSeconds: 1 })],
  });
  return {
    overloaded: { errors: [overloadedError(limits)] },
    socketFull: full(
      `At most ${limits.operationsPerSocket} operations run on one socket at a time.`,
    ),
    teamFull: full(`At most ${limits.operationsPerTeam} operations of one team run at a time.`),
  };
}
