import type { AnalysisObservation, TaskObservation } from '../../../src/domain/observation.ts';

/** An observation of a running task; override what matters. */
export function taskSeen(changes: Partial<TaskObservation> = {}): TaskObservation {
  return {
    kind: 'HEAD_SWAP_TASK',
    id: '6a066dc58570ecbf64f761a5',
    status: 'PROCESSING',
    progress: 10,
    failure: {},
    createdAt: null,
    supportId: '6a066dc52872921bde86b745',
    urlProblem: null,
    sourceVideoUrl: 'https://example.com/videos/source.mp4',
    outputUrl: null,
    durationSeconds: 10,
    resolution: 'P720',
    modelName: 'akool-premium',
    fileName: 'Headswap.mp4',
    deductionLockDuration: null,
    deductionDuration: null,
    ...changes,
  };
}

/** An observation of a running analysis; override what matters. */
export function analysisSeen(changes: Partial<AnalysisObservation> = {}): AnalysisObservation {
  return {
    kind: 'ANALYSIS',
    id: '6a066d03625746c797390f55',
    status: 'PROCESSING',
    progress: 10,
    failure: {},
    createdAt: null,
    supportId: null,
    urlProblem: null,
    videoUrl: 'https://example.com/videos/source.mp4',
    persons: null,
    video: null,
    ...changes,
  };
}
