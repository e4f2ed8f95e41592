import type { Behaviour } from '../behaviour.ts';
import { outputUrl } from '../file-urls.ts';
import type { TaskRecord } from '../records.ts';
import type { PlannedCallback } from './callback-plan.ts';

/** The plaintext of a callback: JSON with `_id`, `status`, `type` and, once there is one, `url`. */
export function callbackText(
  task: TaskRecord,
  planned: PlannedCallback,
  behaviour: Behaviour,
  baseUrl: string,
): string {
  const status = behaviour.callbackQueued ? 1 : planned.status;
  const isText = behaviour.callbackStatusAsString || behaviour.numbersAsStrings;
  const fields = {
    status: isText ? String(status) : status,
    type: 'headswap',
    url: planned.status === 3 ? outputUrl(baseUrl, task) : '',
  };
  const present = Object.entries(fields).filter(([field]) => {
    return !behaviour.callbackLacks.some((lacking) => lacking === field);
  });
  return JSON.stringify({ _id: task.id, ...Object.fromEntries(present) });
}
