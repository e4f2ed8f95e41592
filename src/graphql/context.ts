import type { Caller } from '../domain/caller.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Media } from '../media/media.ts';
import type { JobLoaders } from './loading/loaders.ts';
import { createLoaders } from './loading/loaders.ts';

/**
 * What resolvers get. One is made for every request and for every event of a subscription, so
 * loaders in it are never stale.
 */
export interface GraphContext {
  readonly caller: Caller;
  readonly jobs: Jobs;
  readonly media: Media;
  readonly loaders: JobLoaders;
}

/** A fresh context. */
export function createContext(caller: Caller, jobs: Jobs, media: Media): GraphContext {
  return { caller, jobs, media, loaders: createLoaders(jobs, media) };
}
