import { isAsyncIterable } from '@envelop/core';
import type { GraphQLError, ExecutionArgs, ExecutionResult } from 'graphql';
import { makeServer } from 'graphql-ws';
import { createRequestTrace } from '../../log/request-trace.ts';
import type { Operations } from '../operations/operations.ts';
import { admitSocket, type AdmissionParts } from './admit-socket.ts';
import type { GatewaySocket } from './gateway-socket.ts';
import type { RunningOperation } from './operation-ids.ts';
import {
  createSocketRefusals,
  prepareOperation,
  type Enveloped,
  type EnvelopedArgs,
  type PrepareParts,
} from './prepare-operation.ts';
import { ToldErrors, toldIn } from './told-errors.ts';

/** What the protocol works with. */
export interface ProtocolParts extends AdmissionParts, Omit<PrepareParts, 'refusals'> {
  readonly describe: Operations['describe'];
}

/** graphql-transport-ws on the sockets of the server. */
export interface Protocol {
  /** A socket is open. */
  opened(socket: GatewaySocket): void;
  /** An operation of a socket has ended. */
  ended(operation: RunningOperation, socket: GatewaySocket): void;
  /** A socket has begun to close. */
  released(socket: GatewaySocket): void;
}

/**
 * graphql-ws keeps the protocol; this file says what happens at its steps. A mistake of the
 * client's in the protocol closes the socket with a code; a mistake in an operation answers that
 * operation. None of the hooks throws.
 */
export function createProtocol(parts: ProtocolParts): Protocol {
  const { describe, connections, runningOperations, log } = parts;
  const prepareParts = { ...parts, refusals: createSocketRefusals(parts.limits) };

  const prepare = async (
    socket: GatewaySocket,
    id: string,
  ): Promise<EnvelopedArgs | readonly GraphQLError[]> => {
    const trace = createRequestTrace(log);
    const operation = socket.ids.ofServer(id);
    const { caller } = socket;
    if (operation === null || caller === null) return [new ToldErrors([])];
    try {
      const facts = { socket, operation, caller, trace };
      const prepared = await prepareOperation(facts, prepareParts);
      return 'errors' in prepared
        ? [new ToldErrors(describe.errors(prepared.errors, trace))]
        : prepared;
    } catch (error) {
      return [new ToldErrors(describe.thrown(error, trace))];
    }
  };

  const answer = async (
    given: ExecutionArgs,
    how: 'execute' | 'subscribe',
  ): Promise<ExecutionResult | AsyncIterable<ExecutionResult>> => {
    const { args, enveloped } = takeOut(given);
    const { trace } = enveloped;
    try {
      const result = await enveloped[how](args);
      if (isAsyncIterable<ExecutionResult>(result) || result.data !== undefined) return result;
      // The protocol has a message of its own for an operation that has no answer at all.
      return failing(new ToldErrors(describe.errors(result.errors ?? [], trace)));
    } catch (error) {
      return failing(new ToldErrors(describe.thrown(error, trace)));
    }
  };

  const server = makeServer<Record<string, unknown> | undefined, GatewaySocket>({
    // The gateway's own clock tells when it is too late.
    connectionInitWaitTimeout: 0,
    onConnect: ({ extra: socket }) => admitSocket(socket, socket.takePresented(), parts),
    onSubscribe: ({ extra: socket }, id) => prepare(socket, id),
    execute: (args) => answer(args, 'execute'),
    subscribe: (args) => answer(args, 'subscribe'),
    onNext: (_context, _id, _payload, _args, result) =>
      describe.result(result, createRequestTrace(log)),
    onError: (_context, _id, _payload, errors) =>
      toldIn(errors) ?? describe.errors(errors, createRequestTrace(log)),
  });

  return {
    opened(socket) {
      socket.endProtocol = server.opened(socket, socket);
    },
    ended({ counted }, { caller }) {
      if (counted && caller !== null) runningOperations.giveBack(caller.team);
    },
    released({ caller, ids, endProtocol }) {
      if (caller !== null) {
        connections.giveBack(caller.team);
        runningOperations.giveBack(caller.team, ids.counted);
      }
      endProtocol?.().catch((error: unknown) => createRequestTrace(log).report(error));
    },
  };
}

/**
 * Takes out what `prepareOperation` put in: graphql-ws keeps the object itself until the operation
 * ends.
 */
function takeOut(given: ExecutionArgs): { args: ExecutionArgs; enveloped: Enveloped } {
  if (!isEnveloped(given) || given.enveloped === null) {
    throw new Error('An operation that was not prepared');
  }
  const { enveloped, ...args } = given;
  given.enveloped = null;
  given.contextValue = undefined;
  given.variableValues = undefined;
  return { args, enveloped };
}

function isEnveloped(args: ExecutionArgs): args is EnvelopedArgs {
  return 'enveloped' in args;
}

/** A stream that fails at once: how graphql-ws is told to send errors alone. */
function failing(errors: ToldErrors): AsyncIterable<ExecutionResult> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(errors) }) };
}
