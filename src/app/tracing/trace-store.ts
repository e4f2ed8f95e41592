import {
  inLeaf,
  type SpanAttributes,
  type SpanKind,
  type Tracer,
} from '../../runtime/tracing/tracer.ts';
import type { Store } from '../../store/store.ts';
import { parseUrl } from '../../runtime/urls.ts';

/** What the store is, in the words of the semantic conventions for databases. */
interface System {
  readonly kind: SpanKind;
  readonly attributes: SpanAttributes;
}

/** The store with a span around every verb that belongs to something traced, named as the verb. */
export function traceStore(store: Store, databaseUrl: string, tracer: Tracer): Store {
  if (!tracer.isOn) return store;
  const system = systemOf(databaseUrl);
  return {
    ...traceVerbs(store, system, tracer),
    copies: traceVerbs(store.copies, system, tracer),
    uploads: traceVerbs(store.uploads, system, tracer),
  };
}

function traceVerbs<Part extends object>(
  part: Part,
  { kind, attributes }: System,
  tracer: Tracer,
): Part {
  const traced: Record<string, unknown> = {};
  for (const [name, verb] of Object.entries(part)) {
    traced[name] = verb;
    if (typeof verb !== 'function') continue;
    const options = { name, kind, attributes: { ...attributes, 'db.operation.name': name } };
    traced[name] = (...args: unknown[]): unknown =>
      inLeaf(tracer, options, () => Reflect.apply(verb, part, args));
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same verbs under the same names
  return traced as Part;
}

/** SQLite runs in this process, so that nobody is called; its path is nobody's business. */
function systemOf(databaseUrl: string): System {
  if (databaseUrl.startsWith('file:')) {
    return { kind: 'internal', attributes: { 'db.system.name': 'sqlite' } };
  }
  const url = parseUrl(databaseUrl);
  const host = url?.hostname ?? '';
  return {
    kind: 'client',
    attributes: {
      'db.system.name': 'postgresql',
      ...(host !== '' && {
        'server.address': host,
        'server.port': Number(url?.port) || POSTGRES_PORT,
      }),
    },
  };
}

const POSTGRES_PORT = 5432;
