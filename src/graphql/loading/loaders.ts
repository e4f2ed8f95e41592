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

/** Fresh loaders with nothing in them. */
export function createLoaders(jobs: Jobs, media: Media): JobLoaders {
  const options = { cacheKeyFn: jobKeyText };
  // Made when they are first used: most operations need none of them.
  let found: DataLoader<JobKey, Job | null, string> | undefined;
  let known: DataLoader<JobKey, Job | null, string> | undefined;
  let copies: DataLoader<JobKey, CopiesOfJob | null, string> | undefined;
  const findOne = (key: JobKey): Promise<Job | null> => {
    found ??= new DataLoader<JobKey, Job | null, string>(
      (keys) => Promise.all(keys.map((each) => settle(jobs.find(each)))),
      options,
    );
    return found.load(key);
  };
  return {
    find: (key) => jobs.recent(key) ?? findOne(key),
    get known() {
      known ??= new DataLoader<JobKey, Job | null, string>((keys) => jobs.known(keys), options);
      return known;
    },
    get copies() {
      copies ??= new DataLoader<JobKey, CopiesOfJob | null, string>(
        (keys) => readCopies(media, keys),
        options,
      );
      return copies;
    },
  };
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
