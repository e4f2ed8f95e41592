import type { Analysis, JobKey } from '../../domain/job.ts';
import type { JobLoaders } from './loaders.ts';
import { asAnalysis } from '../../domain/job.ts';

/**
 * An analysis that another object refers to; null when there is none. `KNOWN` asks the store alone.
 * `KNOWN_OR_FOUND` goes on to AKOOL where the store knows nothing, and throws as Jobs.find.
 */
export async function loadAnalysis(
  loaders: JobLoaders,
  key: JobKey,
  reach: 'KNOWN' | 'KNOWN_OR_FOUND',
): Promise<Analysis | null> {
  const known = await loaders.known.load(key);
  const job = known ?? (reach === 'KNOWN' ? null : await loaders.find(key));
  return job === null ? null : asAnalysis(job);
}
