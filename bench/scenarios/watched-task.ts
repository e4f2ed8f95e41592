import { makeTasks, waitForStatus } from '../harness/graphql.ts';
import type { Contestant } from '../harness/servers.ts';
import type { ServerProcess } from '../harness/server-process.ts';

/** A task under way that a crowd can watch; its id. Peers follow any id. */
export async function watchedTask(
  contestant: Contestant,
  { port }: ServerProcess,
  scenario: string,
): Promise<string> {
  if (!contestant.isGateway) return `${contestant.name}-${scenario}`;
  const [task = ''] = await makeTasks(port, 1);
  await waitForStatus(port, [task], 'PROCESSING');
  return task;
}
