import type { ScenarioGroup } from './context.ts';
import { crowds } from './crowds.ts';
import { documents } from './documents.ts';
import { http } from './http.ts';
import { idle } from './idle.ts';
import { jobs } from './jobs.ts';
import { latency } from './latency.ts';
import { manyTasks } from './many-tasks.ts';
import { reads } from './reads.ts';

/** Every scenario, in the order in which they are measured. */
export const groups: readonly ScenarioGroup[] = [
  http,
  latency,
  crowds,
  idle,
  manyTasks,
  documents,
  reads,
  jobs,
];
