import { setTimeout as pause } from 'node:timers/promises';
import { analyse, ask, buy, type Callers } from './callers.ts';
import { surprise, type Ledger } from './ledger.ts';
import {
  hear,
  TRANSPORTS,
  type Hearing,
  type Question,
  type State,
  type Transport,
} from './watchers.ts';

/** How a task fares in the sandbox, and how its webhook does. */
const CARDS = [
  'usual',
  'duplicate-webhook',
  'lost-webhook',
  'usual',
  'task-fails',
  'early-webhook',
  'lost-answer',
  'reordered-webhook',
  'usual',
  'regress',
  'no-url-yet',
  'lying-webhook',
  'html-answer',
  'server-error',
];

const TASKS = 8;
const WATCHERS = 6;
/** Documents that nobody sends twice. */
const STRANGE_DOCUMENTS = 10;

/** How long everybody waits for an end that does not come. */
const PATIENCE_MS = 120_000;
const LOOK_MS = 50;

/** How often a watcher comes back whose connection broke off, and after how long. */
const MOST_TRIES = 10;
const BACK_AFTER_MS = 1_000;

const ANALYSIS =
  'subscription($id: ID!, $after: Int) { analysisStatusChanged(id: $id, after: $after) { id status version } }';
const TASK =
  'subscription($id: ID!, $after: Int) { headSwapTaskStatusChanged(id: $id, after: $after) { id status version progress outputUrl } }';
const FEED =
  'subscription($after: ID) { jobStatusChanged(after: $after) { cursor job { id status version } } }';
const LISTS =
  '{ headSwapTasks(first: 20) { edges { node { id status outputUrl } } } analyses(first: 5) { edges { node { id persons { objId } } } } }';

/**
 * One round of churn from nothing to nothing: analyses, tasks that are bought by callers who ask again and again, watchers that stay,
 * vanish and come back, and feeds over all of it.
 */
export async function runRound(callers: Callers, number: number): Promise<void> {
  const { url, ledger } = callers;
  const { jobStatusCursor: after } = await ask(callers, '{ jobStatusCursor }');
  const feeds = TRANSPORTS.map((transport) =>
    hear(url, transport, { query: FEED, variables: { after }, stateIn: feedState }),
  );
  ledger.watchers.feeds += feeds.length;
  const videoUrl = `https://example.com/soak/${number}-${Date.now()}/two-people.mp4`;
  const analysis = await analyse(callers, videoUrl);
  await watch(callers, 'WebSocket', 'stays', question(ANALYSIS, 'analysisStatusChanged', analysis));
  ledger.jobs += 1;

  const ids = await Promise.all(
    Array.from({ length: TASKS }, async (_, place) => {
      const card = CARDS[(number * TASKS + place) % CARDS.length] ?? 'usual';
      const id = await buy(callers, analysis, card, place % 4 === 0);
      const task = question(TASK, 'headSwapTaskStatusChanged', id);
      await Promise.all(
        Array.from({ length: WATCHERS }, (_, watcher) => {
          const transport = TRANSPORTS[(watcher + place) % TRANSPORTS.length] ?? 'WebSocket';
          const fate = watcher < 3 ? 'stays' : watcher === 3 ? 'vanishes' : 'returns';
          return watch(callers, transport, fate, task);
        }),
      );
      ledger.jobs += 1;
      return id;
    }),
  );
  for (let count = 0; count < STRANGE_DOCUMENTS; count += 1) {
    await ask(callers, `{ strange_${number}_${count}: __typename }`);
  }
  await ask(callers, LISTS);
  await Promise.all(feeds.map((feed) => endFeed(feed, [analysis, ...ids], ledger)));
}

function question(query: string, field: string, id: string): Question {
  return { query, variables: { id }, stateIn: (data) => Object(data)[field] };
}

function feedState(data: unknown): State | undefined {
  return Object(data).jobStatusChanged?.job;
}

const isEnd = ({ status }: State): boolean => status === 'COMPLETED' || status === 'FAILED';

/** Watches a job to its end, or vanishes before, or comes back after that. */
async function watch(
  { url, ledger }: Callers,
  transport: Transport,
  fate: 'stays' | 'vanishes' | 'returns',
  asked: Question,
): Promise<void> {
  ledger.watchers[transport] += 1;
  const first = hear(url, transport, asked);
  if (fate !== 'stays') {
    await inTime(first.ended, () => first.states.length > 0);
    first.vanish();
    await first.ended;
    ledger.watchers.vanished += 1;
    if (fate === 'vanishes') return;
    ledger.watchers.cameBack += 1;
  }
  const hearings = [first];
  let isWhole = fate === 'stays' && (await isWholeInTime(first));
  // Whoever breaks off comes back with the version that it has seen, as clients do.
  for (let tries = 0; !isWhole && tries < MOST_TRIES; tries += 1) {
    if (fate === 'stays' || tries > 0) {
      ledger.brokenOff += 1;
      await pause(BACK_AFTER_MS);
    }
    const seen = hearings.flatMap(({ states }) => states).at(-1);
    const variables = { ...asked.variables, ...(seen && { after: seen.version }) };
    const again = hear(url, transport, { ...asked, variables });
    hearings.push(again);
    isWhole = await isWholeInTime(again);
    again.vanish();
  }
  judge(hearings, isWhole, transport, ledger);
}

/** Whether it was completed before everybody lost their patience. */
function isWholeInTime({ ended }: Hearing): Promise<boolean> {
  return Promise.race([ended, pause(PATIENCE_MS, false, { ref: false })]);
}

/** Each end once on a connection, and every version newer than the one before. */
function judge(
  hearings: readonly Hearing[],
  isWhole: boolean,
  transport: Transport,
  ledger: Ledger,
): void {
  const states = hearings.flatMap((hearing) => hearing.states);
  const isRepeated = hearings.some((hearing) => hearing.states.filter(isEnd).length > 1);
  const isOrdered = states.every(
    ({ version }, at) => at === 0 || version > (states[at - 1]?.version ?? 0),
  );
  if (!states.some(isEnd) || !isWhole) {
    ledger.lost += 1;
    surprise(ledger, `lost over ${transport}: ${JSON.stringify({ isWhole, states })}`);
  }
  if (isRepeated || !isOrdered) {
    ledger.repeated += 1;
    surprise(ledger, `repeated over ${transport}: ${JSON.stringify(states)}`);
  }
}

async function endFeed(feed: Hearing, ids: readonly string[], ledger: Ledger): Promise<void> {
  const told = (id: string): boolean =>
    feed.states.some((state) => state.id === id && isEnd(state));
  await inTime(feed.ended, () => ids.every(told));
  const lost = ids.filter((id) => !told(id));
  ledger.lost += lost.length;
  if (lost.length > 0) surprise(ledger, `lost in a feed: ${lost.join(' ')}`);
  feed.vanish();
  await feed.ended;
}

/** Resolves when it holds, when there is nothing more to wait for, or when it took too long. */
async function inTime(ended: Promise<unknown>, holds: () => boolean): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  let isOver = false;
  void ended.then(() => (isOver = true));
  while (!holds() && !isOver && performance.now() < until) await pause(LOOK_MS);
}
