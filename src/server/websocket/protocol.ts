import { isAsyncIterable } from '@envelop/core';
import type { GraphQLError, ExecutionArgs, ExecutionResult } from 'graphql';
import { makeServer } from 'graphql-ws';
import { createTrace } from '../../log/trace.ts';
import type { Operations } from '../operations/operations.ts';
import { admitSocket, type AdmissionParts } from './admit-socket.ts';
import type { GatewaySocket } from './gateway-socket.ts';
import type { RunningOperation } from './operation-ids.ts';
import {
  createSocketRefusals,
  prepareOperation,
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
}

/**
 * graphql-ws keeps the protocol; this file says what happens at its steps. A mistake of the client's in the protocol closes the
 * socket with a code; a mistake in an operation answers that operation. None of the hooks throws.
 */
export function createProtocol(parts: ProtocolParts): Protocol {
  const { describe, runningOperations, log } = parts;
  const prepareParts = { ...parts, refusals: createSocketRefusals(parts.limits) };

  const prepare = async (
    socket: GatewaySocket,
    id: string,
    payload: Parameters<typeof prepareOperation>[1],
  ): Promise<EnvelopedArgs | readonly GraphQLError[]> => {
    const trace = createTrace(log);
    const operation = socket.ids.ofServer(id);
    const { caller } = socket;
    if (operation === null || caller === null) return [new ToldErrors([])];
    try {
      const facts = { socket, operation, caller, trace };
      const prepared = await prepareOperation(facts, payload, prepareParts);
      return 'errors' in prepared
        ? [new ToldErrors(describe.errors(prepared.errors, trace))]
        : prepared;
    } catch (error) {
      return [new ToldErrors(describe.thrown(error, trace))];
    }
  };

  const answer = async (
    args: EnvelopedArgs,
    how: 'execute' | 'subscribe',
  ): Promise<ExecutionResult | AsyncIterable<ExecutionResult>> => {
    try {
      const result = await args[how](args);
      if (isAsyncIterable<ExecutionResult>(result) || result.data !== undefined) return result;
      // The protocol has a message of its own for an operation that has no answer at all.
      return failing(new ToldErrors(describe.errors(result.errors ?? [], args.trace)));
    } catch (error) {
      return failing(new ToldErrors(describe.thrown(error, args.trace)));
    }
  };

  const server = makeServer<Record<string, unknown> | undefined, GatewaySocket>({
    // The gateway's own clock tells when it is too late.
    connectionInitWaitTimeout: 0,
    onConnect: ({ extra: socket, connectionParams }) =>
      admitSocket(socket, connectionParams, parts),
    onSubscribe: ({ extra: socket }, id, payload) => prepare(socket, id, payload),
    execute: (args) => answer(enveloped(args), 'execute'),
    subscribe: (args) => answer(enveloped(args), 'subscribe'),
    onNext: (_context, _id, _payload, args, result) =>
      describe.result(result, enveloped(args).trace),
    onError: (_context, _id, _payload, errors) =>
      toldIn(errors) ?? describe.errors(errors, createTrace(log)),
  });

  return {
    opened(socket) {
      const closed = server.opened(socket, socket);
      socket.onRelease(() => {
        const { caller, ids } = socket;
        if (caller !== null) runningOperations.giveBack(caller.team, ids.counted);
        closed().catch((error: unknown) => createTrace(log).report(error));
      });
    },
    ended({ counted }, { caller }) {
      if (counted && caller !== null) runningOperations.giveBack(caller.team);
    },
  };
}

/** The arguments that `prepareOperation` made. */
function enveloped(args: ExecutionArgs): EnvelopedArgs {
  if (isEnveloped(args)) return args;
  throw new Error('An operation that was not prepared');
}

function isEnveloped(args: ExecutionArgs): args is EnvelopedArgs {
  return 'subscribe' in args && 'trace' in args;
}

/** A stream that fails at once: how graphql-ws is told to send errors alone. */
function failing(errors: ToldErrors): AsyncIterable<ExecutionResult> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(errors) }) };
}
