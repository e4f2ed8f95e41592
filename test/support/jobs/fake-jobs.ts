import { GatewayError } from '../../../src/domain/errors.ts';
import {
  type Analysis,
  type HeadSwapTask,
  isFinal,
  type Job,
  type JobKey,
} from '../../../src/domain/job.ts';
import { jobKeyText } from '../../../src/domain/job.ts';
import type { Jobs, JobStream, TeamEvent } from '../../../src/jobs/jobs.ts';
import type { JobListQuery } from '../../../src/store/job-store.ts';

/** A `Jobs` in memory whose verbs can be replaced one by one, and which counts what was asked of it. */
export interface FakeJobs extends Jobs {
  /** The arguments of every call of one verb, in order. */
  asked(verb: keyof Jobs): unknown[][];
  /** Makes jobs known. */
  add(...jobs: Job[]): void;
}

/** An analysis in the middle of its life; `changes` replace fields. */
export function anAnalysis(changes: Partial<Analysis> = {}): Analysis {
  return {
    kind: 'ANALYSIS',
    team: 'team-1',
    id: 'analysis-1',
    madeHere: true,
    status: 'PROCESSING',
    progress: 40,
    failure: null,
    version: 2,
    createdAt: 1_778_806_019_014,
    updatedAt: 1_778_806_020_000,
    observedAt: 1_778_806_021_000,
    supportId: 'support-1',
    overdueSince: null,
    videoUrl: 'https://a.b',
    persons: [],
    video: null,
    ...changes,
  };
}

/** A completed analysis with two persons. */
export function aCompletedAnalysis(changes: Partial<Analysis> = {}): Analysis {
  return anAnalysis({
    status: 'COMPLETED',
    progress: 100,
    version: 3,
    persons: [
      { objId: 0, previewUrl: 'https://example.com/0.png' },
      { objId: 1, previewUrl: null },
    ],
    video: { width: 1916, height: 1082, fps: 30, frameCount: 450 },
    ...changes,
  });
}

/** A task made here in the middle of its life; `changes` replace fields. */
export function aTask(changes: Partial<HeadSwapTask> = {}): HeadSwapTask {
  return {
    kind: 'HEAD_SWAP_TASK',
    team: 'team-1',
    id: 'task-1',
    madeHere: true,
    status: 'QUEUED',
    progress: 0,
    failure: null,
    version: 1,
    createdAt: 1_778_806_213_962,
    updatedAt: 1_778_806_213_962,
    observedAt: 1_778_806_213_962,
    supportId: null,
    overdueSince: null,
    sourceVideoUrl: 'https://a.b',
    outputUrl: null,
    durationSeconds: 10,
    resolution: 'P720',
    modelName: 'akool-premium',
    fileName: 'Headswap_1.mp4',
    deductionLockDuration: 100,
    deductionDuration: null,
    request: {
      analysisId: 'analysis-1',
      mappings: [{ objId: 0, faceUrl: 'https://example.com/face.png' }],
      keepOriginalSound: true,
      templateId: null,
    },
    ...changes,
  };
}

/** A stream whose `return()` can be observed. */
export interface FakeStream<Value> extends JobStream<Value> {
  /** Whether the reader has let go of it. */
  readonly returned: boolean;
}

/** A stream over values that are there already, which then completes or, with `ends` false, waits for more that never come. */
export function aStream<Value>(values: readonly Value[], ends: boolean): FakeStream<Value> {
  const done = { value: undefined, done: true } as const;
  const left = [...values];
  let returned = false;
  let wake: ((result: typeof done) => void) | null = null;
  return {
    get returned() {
      return returned;
    },
    next() {
      const value = left.shift();
      if (value !== undefined) return Promise.resolve({ value, done: false });
      if (ends || returned) return Promise.resolve(done);
      return new Promise((resolve) => {
        wake = resolve;
      });
    },
    return() {
      returned = true;
      wake?.(done);
      return Promise.resolve(done);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** A fake with no jobs in it. What `script` holds takes the place of the verbs in memory. */
export function createFakeJobs(script: Partial<Jobs> = {}): FakeJobs {
  const known = new Map<string, Job>();
  const lookUp = (key: JobKey): Job | null => known.get(jobKeyText(key)) ?? null;
  const calls: { verb: keyof Jobs; given: unknown[] }[] = [];

  const inMemory: Jobs = {
    storeId: 'store-1',
    recent: () => null,
    find: (key) => Promise.resolve(lookUp(key)),
    known: (keys) => Promise.resolve(keys.map(lookUp)),
    list: (query) => Promise.resolve(listOf([...known.values()], query)),
    submitAnalysis: (team, { videoUrl }) => Promise.resolve(anAnalysis({ team, videoUrl })),
    createHeadSwapTask: (team) => Promise.resolve(aTask({ team })),
    createResult: () => Promise.resolve(null),
    creditBalance: () => Promise.resolve(null),
    watch(key) {
      const job = lookUp(key);
      return job === null
        ? Promise.reject(new GatewayError('NOT_FOUND', 'No such job.'))
        : Promise.resolve(aStream([job], isFinal(job.status)));
    },
    watchTeam: () => Promise.resolve(aStream<TeamEvent>([], false)),
    sequence: () => Promise.resolve(0),
  };

  const verbs: Jobs = { ...inMemory, ...script };
  const note = (verb: keyof Jobs, ...given: unknown[]): Jobs => {
    calls.push({ verb, given });
    return verbs;
  };
  return {
    storeId: verbs.storeId,
    recent: () => null,
    find: (key) => note('find', key).find(key),
    known: (keys) => note('known', keys).known(keys),
    list: (query) => note('list', query).list(query),
    submitAnalysis: (team, input) =>
      note('submitAnalysis', team, input).submitAnalysis(team, input),
    createHeadSwapTask: (team, input) =>
      note('createHeadSwapTask', team, input).createHeadSwapTask(team, input),
    createResult: (team, key) => note('createResult', team, key).createResult(team, key),
    creditBalance: (team) => note('creditBalance', team).creditBalance(team),
    watch: (key, after) => note('watch', key, after).watch(key, after),
    watchTeam: (team, after) => note('watchTeam', team, after).watchTeam(team, after),
    sequence: (team) => note('sequence', team).sequence(team),
    asked: (verb) => calls.filter((call) => call.verb === verb).map(({ given }) => given),
    add(...jobs) {
      for (const job of jobs) known.set(jobKeyText(job), job);
    },
  };
}

function listOf(jobs: readonly Job[], query: JobListQuery): Job[] {
  const { team, kind, statuses, analysisId, after, limit } = query;
  return jobs
    .filter((job) => job.madeHere && job.team === team && job.kind === kind)
    .filter((job) => statuses === null || statuses.includes(job.status))
    .filter((job) => analysisId === null || requestOf(job) === analysisId)
    .toSorted((a, b) => (isNewer(a, b) ? -1 : 1))
    .filter((job) => after === null || isNewer(after, job))
    .slice(0, limit);
}

function requestOf(job: Job): string | null {
  return job.kind === 'HEAD_SWAP_TASK' ? (job.request?.analysisId ?? null) : null;
}

function isNewer(a: Pick<Job, 'createdAt' | 'id'>, b: Pick<Job, 'createdAt' | 'id'>): boolean {
  return a.createdAt === b.createdAt ? a.id > b.id : a.createdAt > b.createdAt;
}
