import type { Analysis, HeadSwapTask, Job, TeamId } from '../../../src/domain/job.ts';
import type { NewPurchase, PurchaseState } from '../../../src/store/purchase.ts';
import type { AcceptedWrite } from '../../../src/store/purchase-store.ts';
import type { JobSchedule, JobWrite } from '../../../src/store/job-store.ts';
import type { Store } from '../../../src/store/store.ts';

/** A store under test and the clock it goes by. */
export interface StoreHarness {
  readonly store: Store;
  /** The engine's present instant. */
  readonly now: () => number;
  /** Lets at least this much time go by for the engine. */
  readonly pass: (milliseconds: number) => Promise<void>;
}

/** One engine that keeps the contract. */
export interface StoreEngine {
  readonly name: string;
  /** An empty store; the suite closes it. */
  open(): Promise<StoreHarness>;
}

let teams = 0;

/** A team that no other test has: tests share a database. */
export function freshTeam(): TeamId {
  teams += 1;
  return `team-${teams}`;
}

/** An analysis made here. */
export function analysis(team: TeamId, id: string, fields: Partial<Analysis> = {}): Analysis {
  return { ...common(team, id), kind: 'ANALYSIS', ...ANALYSIS, ...fields };
}

/** A task made here. */
export function task(team: TeamId, id: string, fields: Partial<HeadSwapTask> = {}): HeadSwapTask {
  return { ...common(team, id), kind: 'HEAD_SWAP_TASK', ...TASK, ...fields };
}

/** A schedule that is not due by itself. */
export function schedule(fields: Partial<JobWrite['schedule']> = {}): JobWrite['schedule'] {
  return {
    dueAt: null,
    failures: 0,
    deniedSince: null,
    hasWebhook: false,
    firstSeenAt: 1_000,
    ...fields,
  };
}

/** An insertion. */
export function made(job: Job, fields: Partial<JobSchedule> = {}): JobWrite {
  return { job, schedule: schedule(fields), seenVersion: null };
}

/** The next version of a job, written by somebody who saw the present one. */
export function next(job: Job, change: Partial<Job>, fields: Partial<JobWrite> = {}): JobWrite {
  const changed = Object.assign({}, job, change, { version: job.version + 1 });
  const keepsStatus = changed.status === job.status;
  return { job: changed, schedule: schedule(), seenVersion: job.version, keepsStatus, ...fields };
}

/** An order for the key, the same attempt each time unless told otherwise. */
export function order(team: TeamId, key: string, fields: Partial<NewPurchase> = {}): NewPurchase {
  const mutation = fields.mutation ?? 'createHeadSwapTask';
  return {
    attempt: `${team} ${mutation} ${key}`,
    team,
    mutation,
    key,
    fingerprint: 'fingerprint',
    input: '{"n":1}',
    tokenDigest: null,
    keepMs: 1_000_000,
    ...fields,
  };
}

/** Another attempt with the key of `order`. */
export function nextOf(team: TeamId, key: string, fields: Partial<NewPurchase> = {}): NewPurchase {
  return order(team, key, { attempt: `${team} next ${key}`, fingerprint: 'other', ...fields });
}

/** What an attempt bought: a job that no other purchase may have unless told otherwise. */
export function bought(job: Job, fields: Partial<AcceptedWrite> = {}): AcceptedWrite {
  return { job, schedule: schedule(), mayBeShared: false, ...fields };
}

/** Makes the attempt of `order` and brings it into this state; an ACCEPTED one has the job `job-of-<its key>`. */
export async function reach(
  store: Store,
  team: TeamId,
  key: string,
  state: PurchaseState,
  fields: Partial<NewPurchase> = {},
): Promise<void> {
  const attempt = order(team, key, fields);
  await store.reservePurchase(attempt);
  if (state === 'RESERVED') return;
  const outcome = state === 'ACCEPTED' ? { accepted: bought(task(team, `job-of-${key}`)) } : {};
  const moved = await store.movePurchase(attempt, ['RESERVED'], state, outcome);
  if (moved?.purchase.state !== state) throw new Error(`${key} is not ${state}.`);
}

function common(team: TeamId, id: string) {
  return {
    team,
    id,
    madeHere: true,
    status: 'QUEUED',
    progress: 0,
    failure: null,
    version: 1,
    createdAt: 1_000,
    updatedAt: 1_000,
    observedAt: 1_000,
    supportId: null,
    overdueSince: null,
  } as const;
}

const ANALYSIS = { videoUrl: 'https://a.example/v.mp4', persons: [], video: null } as const;

const TASK = {
  sourceVideoUrl: 'https://a.example/v.mp4',
  outputUrl: null,
  durationSeconds: null,
  resolution: 'P720',
  modelName: 'akool-premium',
  fileName: null,
  deductionLockDuration: null,
  deductionDuration: null,
  request: {
    analysisId: 'analysis-1',
    mappings: [{ objId: 0, faceUrl: 'https://a.example/f.png' }],
    keepOriginalSound: true,
    templateId: null,
  },
} as const;
