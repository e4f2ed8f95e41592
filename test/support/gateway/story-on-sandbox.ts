import { startSandbox, type Sandbox } from '../../../src/sandbox/sandbox.ts';
import {
  CreateHeadSwapTaskDocument,
  ReadOutputDocument,
  WatchAnalysisDocument,
  WatchHeadSwapTaskDocument,
} from '../../../src/client-operations/graphql.ts';
import { freePort } from '../processes/free-port.ts';
import { startGateway, type Gateway } from './gateway.ts';
import { submitAnalysis, taskInput } from './stories.ts';

/** A gateway in this process, with an account on a quick sandbox that calls it back. */
export interface OnSandbox {
  readonly gateway: Gateway;
  readonly sandbox: Sandbox;
}

/** What such an account takes of the environment. The gateway has to listen at that port. */
function envOnSandbox(
  { url, apiKey, clientId }: Pick<Sandbox, 'url' | 'apiKey' | 'clientId'>,
  port: number,
): Record<string, string> {
  return {
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    AKOOL_BASE_URL: url,
    AKOOL_API_KEY: apiKey,
    AKOOL_CLIENT_ID: clientId,
    POLL_MIN_MS: '30',
    POLL_MAX_MS: '10000',
    POLL_BUDGET_PER_SECOND: '1000',
  };
}

/** Starts both. The sandbox is to be closed by the caller. */
export async function startOnSandbox(
  env: Record<string, string> = {},
  taskMs = 600,
): Promise<OnSandbox> {
  const port = await freePort();
  const sandbox = await startSandbox({ analysisMs: 150, taskMs, callbackRetryMs: 100 });
  const gateway = await startGateway({ env: { ...envOnSandbox(sandbox, port), ...env } });
  return { gateway, sandbox };
}

/** The whole story, on WebSockets; `midway` runs while the task is under way. Resolves to the ids of both jobs. */
export async function tellStory(
  gateway: Gateway,
  midway: () => Promise<void> = async () => {},
): Promise<{ analysis: string; task: string }> {
  const analysis = await submitAnalysis(gateway, 'https://example.com/two-people.mp4');
  await gateway.watch(WatchAnalysisDocument.toString(), { id: analysis }).done;
  const { createHeadSwapTask: made } = await gateway.run(CreateHeadSwapTaskDocument, {
    input: taskInput(analysis),
  });
  if (made?.__typename !== 'HeadSwapTask') throw new Error(JSON.stringify(made));
  const watching = gateway.watch(WatchHeadSwapTaskDocument.toString(), { id: made.id });
  await watching.count(1);
  await midway();
  await watching.done;
  await gateway.run(ReadOutputDocument, { id: made.id });
  return { analysis, task: made.id };
}
