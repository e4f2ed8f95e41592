/** A job in an answer, as far as telling newer from older takes. */
export interface VersionedJob {
  readonly __typename: string;
  readonly id: string;
  readonly version: number;
}

/** The types whose `version` grows with every change. */
const JOBS: ReadonlySet<unknown> = new Set(['Analysis', 'HeadSwapTask']);

/** Whether this is a job that tells its version. Its `__typename`, `id` and `version` must not be aliased. */
export function isVersionedJob(value: object): value is VersionedJob {
  const { __typename, id, version } = value as Partial<VersionedJob>;
  return JOBS.has(__typename) && typeof id === 'string' && typeof version === 'number';
}
