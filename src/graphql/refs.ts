import type { Analysis, HeadMapping, HeadSwapTask, Job, JobKey } from '../domain/job.ts';
import type { TeamEvent } from '../jobs/jobs.ts';
import { builder } from './builder.ts';

/** A person of an analysis that may not have been read. */
export interface PersonOfAnalysis {
  readonly analysisKey: JobKey;
  readonly objId: number;
  /** Null: not at hand; it is read when somebody asks for what only it knows. */
  readonly analysis: Analysis | null;
}

/** A mapping of a task with the analysis that its person belongs to. */
export interface MappingOfTask extends HeadMapping {
  readonly analysisKey: JobKey;
}

/** The types that name each other, declared once here and given their fields in their own files. */
export const JobRef = builder.interfaceRef<Job>('Job');
/** See analysis.ts. */
export const AnalysisRef = builder.objectRef<Analysis>('Analysis');
/** See head-swap-task.ts. */
export const HeadSwapTaskRef = builder.objectRef<HeadSwapTask>('HeadSwapTask');
/** See person.ts. */
export const PersonRef = builder.objectRef<PersonOfAnalysis>('Person');
/** See head-swap-task.ts. */
export const HeadMappingRef = builder.objectRef<MappingOfTask>('HeadMapping');
/** See subscriptions.ts. */
export const JobEventRef = builder.objectRef<TeamEvent>('JobEvent');
