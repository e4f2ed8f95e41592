import type { Behaviour } from './behaviour.ts';
import { behaviourOfJob } from './cards/behaviour-of.ts';
import type { AnalysisRecord, TaskRecord } from './records.ts';

function asTold(url: string, { urlBlanks }: Behaviour): string {
  return urlBlanks ? `  ${url}\n` : url;
}

/**
 * A task's output URL as AKOOL tells it, which is not always a URL as it should be. `baseUrl` is
 * how others reach the sandbox, without a final slash.
 */
export function outputUrl(baseUrl: string, task: TaskRecord): string {
  const behaviour = behaviourOfJob(task);
  return asTold(`${baseUrl}/outputs/${task.id}.${behaviour.outputExtension}`, behaviour);
}

/** The URL of a person's preview image, as AKOOL tells it. */
export function previewUrl(baseUrl: string, analysis: AnalysisRecord, objId: number): string {
  const behaviour = behaviourOfJob(analysis);
  return asTold(`${baseUrl}/previews/${analysis.id}/${objId}.png`, behaviour);
}
