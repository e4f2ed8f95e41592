import type { IncomingMessage } from 'node:http';
import {
  getNamedType,
  GraphQLInt,
  Kind,
  type ArgumentNode,
  type ConstValueNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
} from 'graphql';
import type { Operation } from '../operation.ts';

/**
 * The id of the last event that an EventSource has seen, which it tells when it comes back; null:
 * none.
 */
export function lastEventId({ headers }: IncomingMessage): string | null {
  const id = headers['last-event-id'];
  return typeof id === 'string' && id !== '' ? id : null;
}

/** What fits GraphQL's Int, as our ids are written. */
const VERSION = /^(?:0|[1-9]\d{0,8})$/;

/**
 * The operation, going on after the event of this id, which is newer than any `after` of its own.
 * Where the field has no `after`, or one that no such id fits, it is as it was.
 */
export function resumeAfter(operation: Operation, id: string, schema: GraphQLSchema): Operation {
  const { definition, document, shareKey } = operation;
  const [root] = definition.selectionSet.selections;
  if (root?.kind !== Kind.FIELD) return operation;
  const field = schema.getSubscriptionType()?.getFields()[root.name.value];
  const after = field?.args.find(({ name }) => name === 'after');
  if (after === undefined) return operation;
  const isInt = getNamedType(after.type) === GraphQLInt;
  if (isInt && !VERSION.test(id)) return operation;
  const value: ConstValueNode = { kind: isInt ? Kind.INT : Kind.STRING, value: id };
  const resumed = {
    ...definition,
    selectionSet: { ...definition.selectionSet, selections: [withAfter(root, value)] },
  };
  const openingDocument: DocumentNode = {
    ...document,
    definitions: document.definitions.map((each) => (each === definition ? resumed : each)),
  };
  return {
    ...operation,
    openingDocument,
    shareKey: shareKey === null ? null : JSON.stringify([shareKey, id]),
  };
}

function withAfter(field: FieldNode, value: ConstValueNode): FieldNode {
  const after: ArgumentNode = {
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: 'after' },
    value,
  };
  const others = (field.arguments ?? []).filter(({ name }) => name.value !== 'after');
  return { ...field, arguments: [...others, after] };
}
