import type { DocumentNode, FieldNode, SelectionSetNode } from 'graphql';
import {
  fragmentsOf,
  operationSelections,
  selectedFields,
  selectionsOf,
  type Fragments,
} from './selected-fields.ts';
import { isVersionedJob, type VersionedJob } from './versioned.ts';

/** What a cache was given of each job. */
export interface HeldJobs {
  /** The answer to an operation as the cache may have it. */
  keep(query: DocumentNode, data: unknown): Kept;
}

/** An answer without what it would undo. */
export interface Kept {
  /** Of a job that was seen in a newer version, without the fields that the cache holds. */
  readonly data: unknown;
  /** Whether it has such a job. What the cache does not hold of that one is left in, and is the older version's. */
  readonly isOvertaken: boolean;
}

interface HeldJob {
  version: number;
  /** Paths of names below the job, as in `failure.reason`. */
  readonly paths: Set<string>;
}

/** What tells which job it is. */
const IDENTITY: ReadonlySet<string> = new Set(['__typename', 'id']);

/** Knows nothing yet. */
export function createHeldJobs(): HeldJobs {
  const jobs = new Map<string, HeldJob>();

  /** What is held of the job, and whether it is newer than this. If not, this is what is held from now on. */
  const hold = (job: VersionedJob): { readonly held: HeldJob; readonly isNewer: boolean } => {
    const key = `${job.__typename}:${job.id}`;
    const held = jobs.get(key) ?? { version: job.version, paths: new Set() };
    jobs.set(key, held);
    const isNewer = held.version > job.version;
    if (!isNewer) held.version = job.version;
    return { held, isNewer };
  };

  return {
    keep(query, data) {
      const fragments = fragmentsOf(query);
      let isOvertaken = false;

      const keep = (value: unknown, sets: readonly SelectionSetNode[]): unknown => {
        if (Array.isArray(value)) return value.map((item: unknown) => keep(item, sets));
        if (typeof value !== 'object' || value === null) return value;
        const job = isVersionedJob(value) ? hold(value) : null;
        if (job?.isNewer === true) isOvertaken = true;
        const selected = selectedFields(sets, fragments);
        const kept: Record<string, unknown> = {};
        for (const [key, part] of Object.entries(value)) {
          const nodes = selected.get(key) ?? [];
          // What takes arguments is a list or a link of its own, which no version counts.
          const isState = job !== null && !IDENTITY.has(key) && !nodes.some(takesArguments);
          if (isState) {
            const paths = pathsOf(nodes, fragments);
            if (job.isNewer && paths.every((path) => job.held.paths.has(path))) continue;
            for (const path of paths) job.held.paths.add(path);
          }
          kept[key] = keep(part, selectionsOf(nodes));
        }
        return kept;
      };

      return { data: keep(data, operationSelections(query)), isOvertaken };
    },
  };
}

function takesArguments(node: FieldNode): boolean {
  return (node.arguments ?? []).length > 0;
}

/** The names on the way to every leaf of a field. */
function pathsOf(nodes: readonly FieldNode[], fragments: Fragments): string[] {
  const below = [...selectedFields(selectionsOf(nodes), fragments).values()].flatMap((part) =>
    pathsOf(part, fragments),
  );
  const name = nodes[0]?.name.value ?? '';
  return below.length === 0 ? [name] : below.map((path) => `${name}.${path}`);
}
