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
const recorder = (name: string): string =>
  fileURLToPath(new URL(`support/${name}.mjs`, import.meta.url));

/**
 * The most files that a create goes through from its resolver to its answer, each file of the store
 * on SQLite counted; helpers and those who only hear of it are not.
 */
const MOST_FILES = 32;

/** The most that have a function run meanwhile, whatever for. */
const MOST_IN_ALL = 43;

/**
 * The most files from the head of the request to the end of its answer, for a document that is
 * known; the store counts as one.
 */
const MOST_FROM_SOCKET = 59;

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

/** A file that is entered, behind the one that asks; null: an event came back to it. */
type Entry = readonly [from: string | null, file: string];

/** The files that each of some creates entered, as the recorder writes them down; before those, `linesBefore` others. */
async function entriesOfCreates(
  env: Readonly<Record<string, string>>,
  nodeOptions: readonly string[],
  linesBefore = 0,
): Promise<Entry[][]> {
  const folder = newFolder();
  const upstream = await startScriptedUpstream();
  upstream.always('analyze', success(COMPLETED));
  // The balance is asked for beside the first create, and the others wait for the same answer.
  upstream.always('quota', hang);
  const recorded = join(folder, 'creates');
  const wholeLines = (): string[] => readFileSync(recorded, 'utf8').split('\n').slice(0, -1);
  const gateway = await spawnGateway(
    folder,
    {
      ...envFor(upstream),
      POLL_MIN_MS: '60000',
      POLL_MAX_MS: '60000',
      UPSTREAM_TIMEOUT_MS: '120000',
      SOURCES_URL: SOURCES.href,
      RECORD_FILE: recorded,
      ...env,
    },
    [
      '--import',
      import.meta.resolve('tsx'),
      ...nodeOptions,
      fileURLToPath(new URL('main.ts', SOURCES)),
    ],
  );
  await gateway.ask(SubmitAnalysisDocument.toString(), { input: { videoUrl: VIDEO } });
  for (let create = 0; create < 6; create += 1) {
    const { data } = await gateway.ask(CreateHeadSwapTaskDocument.toString(), {
      input: taskInput(COMPLETED._id),
    });
    expect(data.createHeadSwapTask.__typename).toBe('HeadSwapTask');
    // The answer may be here before the recorder has written.
    await expect.poll(wholeLines).toHaveLength(linesBefore + create + 1);
  }
  await gateway.end('SIGKILL');
  await upstream.stop();
  return wholeLines()
    .slice(linesBefore)
    .map((line) => JSON.parse(line) as Entry[]);
}

/** A timer that goes off meanwhile does not do so in each of them. */
function filesInEach(creates: readonly Entry[][]): string[] {
  const [first = new Set<string>(), ...others] = creates.map(
    (entries) => new Set(entries.map(([, file]) => file)),
  );
  return [...first].filter((file) => others.every((other) => other.has(file))).sort();
}

/** How often a file is visited: all that one file asks of it in a row is one visit. */
function visitsTo(visited: string, entries: readonly Entry[]): number {
  const askers = entries.flatMap(([from, file]) =>
    file === visited && from !== null ? [from] : [],
  );
  return askers.filter((asker, place) => asker !== askers[place - 1]).length;
}

/** Not on the way: what knows nothing of jobs, and metrics. */
const HELPERS = /^(?:runtime|app\/metrics|telemetry)\//;

/** Nor: who hears that the job was written, and who has the balance asked for. */
const BESIDE = new Set([
  'jobs/note-credits.ts',
  'jobs/polling/poller.ts',
  'jobs/watching/hub.ts',
  'media/copying/copier.ts',
]);

/** Nor: who hears that it was answered. */
const HEARS_ANSWERS = new Set(['server/operation-observer.ts', 'server/operations/access-log.ts']);

/** Its few words are everybody's. */
const EVERYBODYS = 'domain/job.ts';

/** The most often that any other file outside the store is visited. */
const MOST_VISITS = 2;

const isOnTheWay = (file: string): boolean => !HELPERS.test(file) && !BESIDE.has(file);

it('a create goes through few files from its resolver to its answer, and through none often', async () => {
  // The first also loads what is loaded when it is first needed, and begins to ask for the balance.
  const env = { GATEWAY_PLUGINS: recorder('record-creates') };
  const creates = (await entriesOfCreates(env, ['--import', recorder('file-entries')])).slice(1);
  const files = filesInEach(creates)
    // Metrics, and the deadline around the whole operation.
    .filter((file) => !/^(?:app\/metrics|telemetry|server)\//.test(file))
    .concat('graphql/mutations/create-head-swap-task.ts');
  const onTheWay = files.filter(isOnTheWay);

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

  const visits = onTheWay
    .filter((file) => !file.startsWith('store/') && file !== EVERYBODYS)
    .map((file) => ({
      file,
      visits: Math.min(...creates.map((entries) => visitsTo(file, entries))),
    }));
  expect(visits.filter((file) => file.visits > MOST_VISITS)).toEqual([]);
  expect(visits).toContainEqual({ file: 'jobs/purchases/purchases.ts', visits: 2 });
});

it('and through few rooms from the socket on, on the short lane', async () => {
  const options = ['--import', recorder('record-requests')];
  // The first makes its document known; before it the analysis was submitted.
  const creates = (await entriesOfCreates({}, options, 1)).slice(1);
  const onTheWay = filesInEach(creates).filter(
    (file) => isOnTheWay(file) && !HEARS_ANSWERS.has(file),
  );
  const rooms = new Set(onTheWay.map((file) => (file.startsWith('store/') ? 'store' : file)));

  for (const step of ['server/http/plugins/use-hot-lane.ts', 'upstream/client.ts', 'store']) {
    expect([...rooms]).toContain(step);
  }
  expect(rooms.size > MOST_FROM_SOCKET ? [...rooms] : []).toEqual([]);
});
