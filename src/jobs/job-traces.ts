import { LRUCache } from 'lru-cache';
import { jobKeyText, type Job, type JobKey } from '../domain/job.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Signal } from '../runtime/signal.ts';
import {
  noTracer,
  type SpanAttributes,
  type SpanPlace,
  type Tracer,
} from '../runtime/tracing/tracer.ts';
import type { WrittenJob } from '../store/job-store.ts';

/**
 * Which spans led to what jobs are. A job's life goes through queues and through hours, so that no
 * span spans it: what a span wrote is remembered for a while, so that what follows from it can be
 * told with it.
 */
export interface JobTraces {
  readonly tracer: Tracer;
  /** This version is about to be written, because of that span. */
  note(job: Job, because: SpanPlace | null): void;
  /**
   * The span that led to this version; null: it is not known, or did so before `since`, in ms since
   * the epoch.
   */
  causeOf(key: JobKey, version: number, since: number): SpanPlace | null;
  /** The latest span known to have changed the job, as a list for links: it holds one or none. */
  latest(key: JobKey): readonly SpanPlace[];
}

export interface JobTracesParts {
  readonly tracer: Tracer;
  readonly jobsWritten: Signal<readonly WrittenJob[]>;
  readonly clock: Clock;
}

/** AKOOL's ids look like this; what does not may be anything that somebody sent. */
const JOB_ID = /^[\w-]{1,64}$/;

/** What spans tell of a job: AKOOL's id opens nothing. */
export function aboutJob({ kind, id, team }: JobKey): SpanAttributes {
  return {
    'akool.job.kind': kind,
    ...(JOB_ID.test(id) && { 'akool.job.id': id }),
    'gateway.team': team,
  };
}

/** How many jobs' latest changes are remembered. */
const REMEMBERED = 10_000;

interface Change {
  readonly version: number;
  readonly because: SpanPlace;
  readonly at: number;
}

/** Remembers nothing. */
export const noJobTraces: JobTraces = {
  tracer: noTracer,
  note: () => undefined,
  causeOf: () => null,
  latest: () => [],
};

/** Remembers what is written through this store; to be made before whoever tells of it. */
export function createJobTraces({ tracer, jobsWritten, clock }: JobTracesParts): JobTraces {
  if (!tracer.isOn) return noJobTraces;
  const changes = new LRUCache<string, Change>({ max: REMEMBERED });

  const note = (job: Job, because: SpanPlace | null): void => {
    if (because === null) return;
    changes.set(jobKeyText(job), { version: job.version, because, at: clock.now() });
  };
  jobsWritten.subscribe((written) => {
    for (const { stored, isNewVersion } of written) {
      const { job } = stored;
      if (!isNewVersion || changes.get(jobKeyText(job))?.version === job.version) continue;
      note(job, tracer.current());
    }
  });
  return {
    tracer,
    note,
    causeOf(key, version, since) {
      const change = changes.get(jobKeyText(key));
      if (change === undefined || change.version !== version) return null;
      return change.at < since ? null : change.because;
    },
    latest(key) {
      const change = changes.get(jobKeyText(key));
      return change === undefined ? [] : [change.because];
    },
  };
}
