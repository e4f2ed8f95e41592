import type {
  AnalysisObservation,
  Observation,
  TaskObservation,
} from '../../src/domain/observation.ts';
import type { Clock, Random } from '../../src/runtime/clock.ts';
import type { Upstream } from '../../src/upstream/upstream.ts';
import { logNormal } from './random.ts';

/** An AKOOL on a virtual clock whose jobs take as long as real ones may. Its ids say when they end. */
export interface VirtualAkool {
  readonly upstream: Upstream;
  /** When AKOOL ended the job, or will, in ms since the epoch. */
  endOf(id: string): number;
  /** Reads so far. */
  reads(): number;
  /** Reads that began sooner after the one before of the same job than 0.8 × the shortest interval, but for read-backs. */
  closeReads(): number;
  /** The reads before are forgotten: a callback rings for this job, and may be followed by a read at once. */
  ring(id: string): void;
  /** The job is over and done with. */
  forget(id: string): void;
}

/** What it is made of. */
export interface VirtualAkoolParts {
  readonly clock: Clock;
  readonly random: Random;
  /** The shortest polling interval, in milliseconds. */
  readonly pollMinMs: number;
  /** A task was created that ends then, and AKOOL is to call this URL. */
  readonly onTask: (task: { id: string; endsAt: number; webhookUrl: string | null }) => void;
}

/** Median lengths of jobs, and how far they spread: lengths are log-normal. An assumption; AKOOL tells none. */
const MEDIAN_MS = { task: 120_000, analysis: 20_000 } as const;
const SPREAD = 0.7;

/** How long AKOOL takes to answer, in milliseconds. */
const ANSWER_MS = 150;

/** Makes one. */
export function createVirtualAkool(parts: VirtualAkoolParts): VirtualAkool {
  const { clock, random, pollMinMs, onTask } = parts;
  const readAt = new Map<string, number>();
  let made = 0;
  let reads = 0;
  let closeReads = 0;

  const answering = (): Promise<void> => new Promise((resolve) => clock.after(ANSWER_MS, resolve));
  const newId = (kind: keyof typeof MEDIAN_MS): string => {
    made += 1;
    const endsAt = clock.now() + Math.round(logNormal(random, MEDIAN_MS[kind], SPREAD));
    return `${endsAt}-${made}`;
  };
  const endOf = (id: string): number => Number(id.slice(0, id.indexOf('-')));
  const progressOf = (id: string) => {
    const done = endOf(id) <= clock.now();
    return {
      id,
      status: done ? 'COMPLETED' : 'PROCESSING',
      progress: done ? 100 : 50,
      failure: {},
      createdAt: null,
      supportId: null,
      urlProblem: null,
    } as const;
  };
  const analysisOf = (id: string): AnalysisObservation => {
    const progress = progressOf(id);
    const persons = progress.status === 'COMPLETED' ? [{ objId: 0, previewUrl: null }] : null;
    return { ...progress, kind: 'ANALYSIS', videoUrl: null, persons, video: null };
  };
  const taskOf = (id: string): TaskObservation => {
    const progress = progressOf(id);
    return {
      ...progress,
      kind: 'HEAD_SWAP_TASK',
      sourceVideoUrl: null,
      outputUrl: progress.status === 'COMPLETED' ? `https://cdn.example/${id}.mp4` : null,
      durationSeconds: 10,
      resolution: 'P720',
      modelName: 'akool-premium',
      fileName: null,
      deductionLockDuration: null,
      deductionDuration: null,
    };
  };
  const read = async <Seen extends Observation>(
    id: string,
    look: (id: string) => Seen,
  ): Promise<Seen> => {
    reads += 1;
    const before = readAt.get(id);
    if (before !== undefined && clock.now() - before < 0.8 * pollMinMs) closeReads += 1;
    readAt.set(id, clock.now());
    await answering();
    return look(id);
  };

  return {
    upstream: {
      async submitAnalysis() {
        await answering();
        return { outcome: 'accepted', observation: analysisOf(newId('analysis')) };
      },
      async createHeadSwapTask({ webhookUrl }) {
        await answering();
        const id = newId('task');
        onTask({ id, endsAt: endOf(id), webhookUrl });
        return { outcome: 'accepted', observation: taskOf(id) };
      },
      readAnalysis: (id) => read(id, analysisOf),
      readHeadSwapTask: (id) => read(id, taskOf),
      readCreditBalance: () => Promise.resolve(null),
      close: () => Promise.resolve(),
    },
    endOf,
    reads: () => reads,
    closeReads: () => closeReads,
    ring: (id) => void readAt.delete(id),
    forget: (id) => void readAt.delete(id),
  };
}
