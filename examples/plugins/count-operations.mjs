/**
 * Counts operations by their names, and tells how often each was asked for when the gateway ends:
 *
 *   GATEWAY_PLUGINS=./examples/plugins/count-operations.mjs npm start
 */
const counts = new Map();

const count = ({ args }) => {
  const name = args.operationName ?? nameIn(args.document) ?? '(without a name)';
  counts.set(name, (counts.get(name) ?? 0) + 1);
};

function nameIn(document) {
  return document.definitions.find(({ kind }) => kind === 'OperationDefinition')?.name?.value;
}

export default {
  // Queries and mutations, over HTTP, event streams and WebSockets.
  onExecute: count,
  // Subscriptions, once each, when they begin.
  onSubscribe: count,
  onDispose() {
    const told = Object.fromEntries(counts);
    process.stderr.write(`Operations: ${JSON.stringify(told)}\n`);
  },
};
