import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import {
  CreateHeadSwapTaskDocument,
  SubmitAnalysisDocument,
} from '../../src/client-operations/graphql.ts';
import { hang, success } from '../support/akool/scripted-answers.ts';
import { startScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { killGateways, spawnGateway } from '../support/gateway/gateway-process.ts';
import { envFor, taskInput } from '../support/gateway/stories.ts';
import { removeFolders, newFolder } from '../support/processes/folder.ts';

const ROOT = new URL('../../', import.meta.url);
const SOURCES = new URL('src/', ROOT);
const PLUGIN = fileURLToPath(new URL('support/record-creates.mjs', import.meta.url));

/** The most files that a create goes through, each file of the store on SQLite counted. */
const MOST_FILES = 33;

/** The most that have a function run meanwhile, whatever for. */
const MOST_IN_ALL = 44;

const VIDEO = 'https://example.com/videos/source.mp4';

/** What AKOOL says of an analysis that is over at once, so that nothing is polled meanwhile. */
const COMPLETED = {
  _id: 'a'.repeat(24),
  status: 3,
  video_url: VIDEO,
  analysis_result: {
    media: [{ obj_id: 0, img_url: 'https://example.com/previews/0.png' }],
    video_info: { width: 640, height: 360, fps: 30, frame_count: 300 },
  },
};

afterEach(async () => {
  await killGateways();
  removeFolders();
});

/** The files that each of some creates went through, from the resolver to its answer. */
async function filesOfCreates(): Promise<string[][]> {
  const folder = newFolder();
  const upstream = await startScriptedUpstream();
  upstream.always('analyze', success(COMPLETED));
  // The balance is asked for beside the first create, and the others wait for the same answer.
  upstream.always('quota', hang);
  const recorded = join(folder, 'creates');
  const gateway = await spawnGateway(
    folder,
    {
      ...envFor(upstream),
      POLL_MIN_MS: '60000',
      POLL_MAX_MS: '60000',
      UPSTREAM_TIMEOUT_MS: '120000',
      GATEWAY_PLUGINS: PLUGIN,
      SOURCES_URL: SOURCES.href,
      CREATES_FILE: recorded,
    },
    ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('main.ts', SOURCES))],
  );
  await gateway.ask(SubmitAnalysisDocument.toString(), { input: { videoUrl: VIDEO } });
  for (let create = 0; create < 6; create += 1) {
    const { data } = await gateway.ask(CreateHeadSwapTaskDocument.toString(), {
      input: taskInput(COMPLETED._id),
    });
    expect(data.createHeadSwapTask.__typename).toBe('HeadSwapTask');
  }
  await gateway.end('SIGKILL');
  await upstream.stop();
  const lines = readFileSync(recorded, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as string[]);
}

/** Not counted at all: metrics, and the deadline around the whole operation. */
const AROUND = /^(?:app\/metrics|telemetry|server)\//;

/** Not on the way: what knows nothing of jobs. */
const HELPERS = /^runtime\//;

/** Nor: who hears that the job was written, and who has the balance asked for. */
const BESIDE = new Set([
  'jobs/note-credits.ts',
  'jobs/polling/poller.ts',
  'jobs/watching/hub.ts',
  'media/copying/copier.ts',
]);

it('a create goes through few files', async () => {
  // The first also loads what is loaded when it is first needed, and begins to ask for the balance.
  const [second = [], ...others] = (await filesOfCreates()).slice(1);
  // A timer that goes off meanwhile does not do so in each of them.
  const files = second
    .filter((file) => others.every((other) => other.includes(file)))
    .filter((file) => !AROUND.test(file))
    .concat('graphql/mutations/create-head-swap-task.ts')
    .sort();
  const onTheWay = files.filter((file) => !HELPERS.test(file) && !BESIDE.has(file));

  for (const step of [
    'jobs/purchases/attempt.ts',
    'upstream/client.ts',
    'store/sql/sql-store.ts',
  ]) {
    expect(onTheWay).toContain(step);
  }
  expect([...BESIDE].filter((file) => !files.includes(file))).toEqual([]);
  // The list is what somebody needs who has made it longer.
  expect(onTheWay.length > MOST_FILES ? onTheWay : []).toEqual([]);
  expect(files.length > MOST_IN_ALL ? files : []).toEqual([]);
});
