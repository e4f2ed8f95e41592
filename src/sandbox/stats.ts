import type { Endpoint } from './api/routes.ts';
import type { CallbackRecord } from './records.ts';
import type { SandboxState } from './state/state.ts';

/** A job as tests want to count it. */
export interface CountedJob {
  readonly id: string;
  readonly videoUrl: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** How often its detail was asked for since this process started. */
  readonly reads: number;
}

/** A task as tests want to count it. */
export interface CountedTask extends CountedJob {
  readonly webhookUrl: string | null;
  /** The callbacks that were sent at least once. */
  readonly callbacks: readonly Pick<CallbackRecord, 'attempts' | 'state'>[];
}

/** What a sandbox has seen. */
export interface SandboxStats {
  /** Requests per endpoint since this process started, refused ones included. */
  readonly requests: Readonly<Record<Endpoint, number>>;
  /** How many tasks were made per video URL, over all restarts. */
  readonly createsByVideoUrl: ReadonlyMap<string, number>;
  /** Oldest first. */
  readonly analyses: readonly CountedJob[];
  /** Oldest first. */
  readonly tasks: readonly CountedTask[];
  /** Credits left to the sandbox's own account. */
  readonly credits: number;
}

/** Counts requests as they come in and adds up the rest from the state when asked. */
export interface Counter {
  count(endpoint: Endpoint, input: unknown): void;
  stats(state: SandboxState, ownTeam: string): SandboxStats;
}

function idIn(input: unknown): string {
  const id = typeof input === 'object' && input !== null && '_id' in input ? input._id : '';
  return typeof id === 'string' ? id : '';
}

/** Counts from zero; what a restart must not lose is added up from the state. */
export function createCounter(): Counter {
  const requests: Record<Endpoint, number> = {
    analyze: 0,
    analyzeDetail: 0,
    create: 0,
    taskDetail: 0,
    getToken: 0,
    quota: 0,
  };
  const reads = new Map<string, number>();
  const readsOf = (id: string): number => reads.get(id) ?? 0;
  return {
    count(endpoint, input) {
      requests[endpoint] += 1;
      reads.set(idIn(input), readsOf(idIn(input)) + 1);
    },
    stats(state, ownTeam) {
      const createsByVideoUrl = new Map<string, number>();
      for (const { videoUrl } of state.tasks.values()) {
        createsByVideoUrl.set(videoUrl, (createsByVideoUrl.get(videoUrl) ?? 0) + 1);
      }
      return {
        requests: { ...requests },
        createsByVideoUrl,
        analyses: [...state.analyses.values()].map(({ id, videoUrl, createdAt }) => {
          return { id, videoUrl, createdAt, reads: readsOf(id) };
        }),
        tasks: [...state.tasks.values()].map((task) => ({
          id: task.id,
          videoUrl: task.videoUrl,
          createdAt: task.createdAt,
          reads: readsOf(task.id),
          webhookUrl: task.webhookUrl,
          callbacks: [...state.callbacksOf(task.id).values()].map(({ attempts, state }) => {
            return { attempts, state };
          }),
        })),
        credits: state.creditsOf(ownTeam).balance,
      };
    },
  };
}
