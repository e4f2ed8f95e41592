import { setTimeout as wait } from 'node:timers/promises';
import { ReadOutputDocument } from '../../client-operations/graphql.ts';
import type { GatewayClient } from './gateway-client.ts';

/** How often to look whether the copy is made, and how often at most. */
const LOOK_MS = 300;
const MOST_LOOKS = 100;

/**
 * The gateway's own copy of a task's output, once it is made; null: there will be none, or not
 * soon.
 */
export async function storedOutputOf(
  gateway: GatewayClient,
  taskId: string,
  signal: AbortSignal,
): Promise<string | null> {
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const { headSwapTask } = await gateway.ask(ReadOutputDocument, { id: taskId });
    const stored = headSwapTask?.storedOutput ?? null;
    if (stored?.status !== 'PENDING') return stored?.url ?? null;
    await wait(LOOK_MS, undefined, { signal });
  }
  return null;
}
