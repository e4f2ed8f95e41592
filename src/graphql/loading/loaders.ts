import DataLoader from 'dataloader';
import type { Job, JobKey } from '../../domain/job.ts';
import { jobKeyText } from '../../domain/job.ts';
import type { Media } from '../../media/media.ts';
import type { CopiesOfJob } from '../../store/media-store.ts';
import type { Jobs } from '../../jobs/jobs.ts';

/** Reads each job at most once per context, however often an operation asks for it. */
export interface JobLoaders {
  /** As Jobs.find: the present state, from AKOOL when it has to be. At once where it is at hand. */
  find(key: JobKey): Job | null | Promise<Job | null>;
  /** As Jobs.known: what the store knows; all keys of one level of an operation in one read. */
  readonly known: DataLoader<JobKey, Job | null, string>;
  /**
   * What is kept of a job's files; null: nothing. All keys of one level of an operation in one
   * read.
   */
  readonly copies: DataLoader<JobKey, CopiesOfJob | null, string>;
}

/**
 * Fresh loaders with nothing in them. Each is made when it is first used: most operations need
 * none.
 */
export function createLoaders(jobs: Jobs, media: Media): JobLoaders {
  return new LazyLoaders(jobs, media);
}

class LazyLoaders implements JobLoaders {
  readonly #jobs: Jobs;
  readonly #media: Media;
  #found: JobLoader<Job> | null = null;
  #known: JobLoader<Job> | null = null;
  #copies: JobLoader<CopiesOfJob> | null = null;

  constructor(jobs: Jobs, media: Media) {
    this.#jobs = jobs;
    this.#media = media;
  }

  find(key: JobKey): Job | null | Promise<Job | null> {
    const jobs = this.#jobs;
    const recent = jobs.recent(key);
    if (recent !== null) return recent;
    this.#found ??= loaderOf((keys) => Promise.all(keys.map((each) => settle(jobs.find(each)))));
    return this.#found.load(key);
  }

  get known(): JobLoader<Job> {
    return (this.#known ??= loaderOf((keys) => this.#jobs.known(keys)));
  }

  get copies(): JobLoader<CopiesOfJob> {
    return (this.#copies ??= loaderOf((keys) => readCopies(this.#media, keys)));
  }
}

type JobLoader<Value> = DataLoader<JobKey, Value | null, string>;

function loaderOf<Value>(
  read: (keys: readonly JobKey[]) => PromiseLike<readonly (Value | null | Error)[]>,
): JobLoader<Value> {
  return new DataLoader<JobKey, Value | null, string>(read, { cacheKeyFn: jobKeyText });
}

async function readCopies(media: Media, keys: readonly JobKey[]): Promise<(CopiesOfJob | null)[]> {
  const found = await media.readCopies(keys);
  const byKey = new Map(found.map((copies) => [jobKeyText(copies.key), copies]));
  return keys.map((key) => byKey.get(jobKeyText(key)) ?? null);
}

/** One job that cannot be read must not take the others of its batch with it. */
async function settle(read: Promise<Job | null>): Promise<Job | null | Error> {
  try {
    return await read;
  } catch (error) {
    return error instanceof Error ? error : new Error('A read failed.', { cause: error });
  }
}

/** What was found, narrowed; at once where it was found at once. */
export function narrowed<Kind>(
  found: Job | null | Promise<Job | null>,
  narrow: (job: Job) => Kind,
): Kind | null | Promise<Kind | null> {
  if (found instanceof Promise) return found.then((job) => job && narrow(job));
  return found && narrow(found);
}
