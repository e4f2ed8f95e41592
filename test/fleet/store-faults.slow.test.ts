import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { impatient } from '../../src/store/postgres/postgres-pool.ts';
import { StoreOpenError } from '../../src/store/store-open-error.ts';
import { StoreUnavailableError } from '../../src/store/store.ts';
import type { JobChange } from '../../src/store/instance-wake-ups.ts';
import { made, next, order, schedule, task } from '../store/contract/store-harness.ts';
import { startPostgres } from '../support/postgres/postgres.ts';
import { closeStores, cutWakeUps, openStore, runSql } from '../support/postgres/postgres-store.ts';
import { newDatabase } from '../support/postgres/shared-postgres.ts';
import { until } from '../support/processes/until.ts';

const TEAM = 'team';
/** As in postgres-engine.ts: so many wait for a connection, and no more. */
const MOST_WAITING = 500;
const NOBODY_LIVES = 'update instance set alive_until = 0';

afterEach(closeStores);

/** Two instances on one new database. */
async function pair() {
  const url = await newDatabase();
  const [a, b] = [await openStore(url), await openStore(url)];
  return { url, a, b };
}

/** A new database whose sessions all begin with these settings; its URL. */
async function databaseWith(options: string): Promise<string> {
  return `${await newDatabase()}?options=${encodeURIComponent(options)}`;
}

describe('opening', () => {
  it('makes the tables once, however many instances start at once', async () => {
    const url = await newDatabase();
    const stores = await Promise.all(Array.from({ length: 6 }, () => openStore(url)));
    expect(new Set(stores.map(({ id }) => id)).size).toBe(1);
    await stores[0]?.writeJobs([made(task(TEAM, 'x'))]);
    expect(await stores[5]?.readJobs([task(TEAM, 'x')])).toHaveLength(1);
  });

  it('works beside a newer version that can be worked beside, and refuses one that cannot', async () => {
    const url = await newDatabase();
    await openStore(url);
    await runSql(url, 'update meta set schema_version = 99');
    await expect(openStore(url)).resolves.toBeDefined();
    await runSql(url, 'update meta set usable_from = 99');
    await expect(openStore(url)).rejects.toMatchObject({ code: 'NEWER_VERSION' });
  });

  it.each([
    ['nobody listens', 'postgres://gateway:secret@127.0.0.1:1/gateway', /Nobody listens/],
    ['no such database', 'missing', /no database of this name/],
    ['a user without rights', '-c role=pg_monitor', /may not create tables/],
    ['no such schema', '-c search_path=missing', /search_path/],
    ['a standby', '-c default_transaction_read_only=on', /read-only/],
  ])('says what is wrong, without the password: %s', async (_, place, reason) => {
    const url = async (): Promise<string> => {
      if (place.startsWith('-c')) return databaseWith(place);
      return place.includes(':') ? place : (await newDatabase()).replace(/test_.*/, place);
    };
    const opening = openStore(await url());
    await expect(opening).rejects.toBeInstanceOf(StoreOpenError);
    await expect(opening).rejects.toThrow(reason);
    await expect(opening).rejects.not.toThrow(/secret/);
  });
});

it('a crowd that asks at the same moment is answered, all of it', async () => {
  const { a } = await pair();
  const crowd = MOST_WAITING + 200;
  const jobs = Array.from({ length: crowd }, (_, number) => task(TEAM, `job-${number}`));
  await a.writeJobs(jobs.map((job) => made(job)));
  const [present, changes, unfinished, places, unknown] = await Promise.all([
    Promise.all(jobs.map((job) => a.recallJobs([job]))),
    Promise.all(jobs.map(() => a.readChanges(TEAM, crowd - 2, 50))),
    Promise.all(jobs.map(() => a.readUnfinished(TEAM))),
    Promise.all(jobs.map(() => a.readSequence(TEAM))),
    a.readJobs([task(TEAM, 'unknown')]),
  ]);
  expect(present.map((found) => found.map(({ job }) => job.id))).toEqual(
    jobs.map(({ id }) => [id]),
  );
  expect(new Set(changes.map((found) => found.map(({ sequence }) => sequence).join()))).toEqual(
    new Set([`${crowd - 1},${crowd}`]),
  );
  expect(new Set(unfinished.map((found) => found.length))).toEqual(new Set([crowd]));
  expect(new Set(places)).toEqual(new Set([crowd]));
  expect(unknown).toEqual([]);
  // Whoever asks after a write hears of it.
  await a.writeJobs([made(task(TEAM, 'later'))]);
  expect(await a.readSequence(TEAM)).toBe(crowd + 1);
});

describe('purchases of an instance', () => {
  it('are left alone while it lives, and recovered once it has ended', async () => {
    const { url, a, b } = await pair();
    await a.reservePurchase(order(TEAM, 'reserved'));
    await a.reservePurchase(order(TEAM, 'sending'));
    await a.movePurchase(order(TEAM, 'sending'), ['RESERVED'], 'SENDING');
    expect(await b.recoverPurchases()).toEqual([]);
    await runSql(url, NOBODY_LIVES);
    expect(await a.recoverPurchases()).toEqual([]);
    const recovered = await b.recoverPurchases();
    expect(recovered.map(({ isLeftBehind }) => isLeftBehind).toSorted()).toEqual([false, true]);
    expect(new Map(recovered.map(({ key, state }) => [key, state]))).toEqual(
      new Map([
        ['reserved', 'NOT_SENT'],
        ['sending', 'UNKNOWN'],
      ]),
    );
    expect(await b.recoverPurchases()).toEqual([]);
  });

  it('are never sent by whom they were taken from, though it goes on', async () => {
    const { url, a, b } = await pair();
    const key = order(TEAM, 'k');
    await a.reservePurchase(key);
    await runSql(url, NOBODY_LIVES);
    await b.recoverPurchases();
    const again = order(TEAM, 'k', { attempt: 'again' });
    expect(await b.reservePurchase(again)).toMatchObject({ taken: true });
    expect(await a.movePurchase(key, ['RESERVED'], 'SENDING')).toBeNull();
    expect(await b.movePurchase(again, ['RESERVED'], 'SENDING')).toMatchObject({
      purchase: { state: 'SENDING' },
    });
  });

  it('that were abandoned have their key again or not at all, when it is used at that moment', async () => {
    const { a, b } = await pair();
    for (let round = 0; round < 40; round += 1) {
      const key = `k${round}`;
      await a.reservePurchase(order(TEAM, key));
      await a.movePurchase(order(TEAM, key), ['RESERVED'], 'ABANDONED');
      const accepted = { job: task(TEAM, key), schedule: schedule(), mayBeShared: true };
      const again = order(TEAM, key, { attempt: `again ${key}` });
      const [late, next] = await Promise.all([
        a
          .movePurchase(order(TEAM, key), ['ABANDONED'], 'ACCEPTED', { accepted })
          .catch((error: unknown) => {
            if (!(error instanceof StoreUnavailableError)) throw error;
            return null;
          }),
        b.reservePurchase(again),
      ]);
      expect(next.taken).toBe(late === null);
      expect(await a.readPurchase(again)).toMatchObject({
        attempt: late === null ? again.attempt : order(TEAM, key).attempt,
      });
      expect(await a.readJobs([task(TEAM, key)])).toHaveLength(late === null ? 0 : 1);
    }
  });

  it('are reserved once by all who try at once', async () => {
    const { a, b } = await pair();
    for (let round = 0; round < 20; round += 1) {
      const tries = await Promise.all(
        [a, b, a, b].map((store, place) =>
          store.reservePurchase(order(TEAM, `k${round}`, { attempt: `${round} ${place}` })),
        ),
      );
      expect(tries.filter(({ taken }) => taken)).toHaveLength(1);
    }
  });
});

it('webhooks are followed up by whom they came to while it lives, and by others after', async () => {
  const { url, a, b } = await pair();
  const purchase = order(TEAM, 'k');
  await a.recordWebhook({ digest: 'd', purchase, jobId: 'x' });
  expect(await a.readOpenWebhooks()).toHaveLength(1);
  expect(await b.readOpenWebhooks()).toEqual([]);
  expect(await b.recordWebhook({ digest: 'd', purchase, jobId: 'x' })).toBe(false);
  await runSql(url, NOBODY_LIVES);
  expect(await b.readOpenWebhooks()).toHaveLength(1);
});

it('a ring elsewhere is known to whoever is rung after it, never the other way round', async () => {
  const { url, a, b } = await pair();
  const purchase = order(TEAM, 'k');
  await a.recordWebhook({ digest: 'first', purchase, jobId: 'x' });
  await a.recordWebhook({ digest: 'another job', purchase, jobId: 'y' });
  await b.recordWebhook({ digest: 'second', purchase, jobId: 'x' });
  const [first] = await a.readOpenWebhooks();
  expect(await a.readEarlierWebhooks(['first'])).toEqual(new Map());
  const earlier = await b.readEarlierWebhooks(['second', 'unknown']);
  expect(earlier).toEqual(new Map([['second', first?.receivedAt]]));
  // At the very same moment one of them is first all the same.
  await runSql(url, 'update callback set received_at = 1');
  const both = await Promise.all([
    a.readEarlierWebhooks(['first']),
    b.readEarlierWebhooks(['second']),
  ]);
  expect(both).toEqual([new Map(), new Map([['second', 1]])]);
});

it('a job that two instances see for the first time at once is inserted once', async () => {
  const { a, b } = await pair();
  for (let round = 0; round < 30; round += 1) {
    const job = task(TEAM, `x${round}`, { madeHere: false, request: null });
    const written = await Promise.all(
      [a, b].map((store, place) => store.writeJobs([made({ ...job, version: place + 1 })])),
    );
    expect(written.flat()).toHaveLength(1);
    expect(await a.readJobs([job])).toEqual(written.flat());
  }
});

describe('wake-ups', () => {
  const heardBy = (store: {
    wakeUps: { listen(hear: (all: readonly JobChange[]) => void): () => void };
  }) => {
    const heard: string[] = [];
    store.wakeUps.listen((changes) => {
      for (const { id, version } of changes) heard.push(`${id}:${version}`);
    });
    return heard;
  };

  it('tell the others what changed, and not what did not', async () => {
    const { a, b } = await pair();
    await until(() => a.wakeUps.isHearing() && b.wakeUps.isHearing());
    const [own, heard] = [heardBy(a), heardBy(b)];
    const jobs = Array.from({ length: 450 }, (_, number) => task(TEAM, `job-${number}`));
    await a.writeJobs(jobs.map((job) => made(job)));
    await until(() => heard.length === 450);
    expect(new Set(heard)).toEqual(new Set(jobs.map(({ id }) => `${id}:1`)));
    const [first, second] = jobs;
    if (!first || !second) throw new Error('unreachable');
    await a.writeJobs([{ job: first, schedule: schedule(), seenVersion: 1 }]);
    await a.writeJobs([next(second, { progress: 1 })]);
    await until(() => heard.length > 450);
    expect(heard.slice(450)).toEqual([`${second.id}:2`]);
    expect(own).toEqual([]);
  });

  it('are known not to arrive when the connection breaks, and arrive again', async () => {
    const { url, a, b } = await pair();
    await until(() => a.wakeUps.isHearing() && b.wakeUps.isHearing());
    const heard = heardBy(b);
    const cutting = cutWakeUps(url);
    await until(() => !b.wakeUps.isHearing());
    expect(await cutting).toBe(2);
    await until(() => a.wakeUps.isHearing() && b.wakeUps.isHearing());
    await a.writeJobs([made(task(TEAM, 'x'))]);
    await until(() => heard.length > 0);
    expect(heard).toEqual(['x:1']);
  });
});

it('while the database is away, what was seen is told from memory, and nothing is written', async () => {
  const own = await startPostgres();
  try {
    const store = await openStore(await own.newDatabase());
    const [seen, unseen] = [task(TEAM, 'seen'), task(TEAM, 'unseen')];
    const [stored] = await store.writeJobs([made(seen)]);
    await own.kill();
    expect(await store.recallJobs([seen])).toEqual([stored]);
    await expect(store.recallJobs([seen, unseen])).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(store.readJobs([seen])).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(store.reservePurchase(order(TEAM, 'k'))).rejects.toBeInstanceOf(
      StoreUnavailableError,
    );
    await expect(store.check()).rejects.toBeInstanceOf(StoreUnavailableError);
    await own.start();
    const startedAt = Date.now();
    await until(() =>
      store.check().then(
        () => true,
        () => false,
      ),
    );
    await store.writeJobs([next(seen, { progress: 5 })]);
    await until(() => store.wakeUps.isHearing());
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    await store.close();
  } finally {
    await own.stop();
  }
});

it('a database that does not answer makes callers wait a few seconds at most, and the many not at all, and keeps nobody', async () => {
  const own = await startPostgres();
  const url = await own.newDatabase();
  const [store, leaving] = [await openStore(url), await openStore(url)];
  await store.check();
  const told = new AbortController();
  const { signal } = told;
  own.freeze();
  try {
    let refused = 0;
    const asking = Promise.all(
      Array.from({ length: 3000 }, async () => {
        await expect(store.readAttempt('a')).rejects.toBeInstanceOf(StoreUnavailableError);
        refused += 1;
      }),
    );
    // Nobody but those with a connection and those who wait for one has to wait for it to give up: the others hear at once.
    await new Promise((resolve) => setImmediate(resolve));
    expect(refused).toBeGreaterThanOrEqual(3000 - impatient.connections - MOST_WAITING);
    // Timers that begin later end later, however busy the machine: nobody waits longer than for two connections and an answer.
    const { connectMs, answerMs } = impatient;
    const patience = (async () => {
      for (const wait of [connectMs, connectMs, answerMs]) await sleep(wait, null, { signal });
      throw new Error(`Only ${refused} were told.`);
    })();
    await Promise.race([asking, patience]);
    expect(refused).toBe(3000);
    // Whoever leaves is not kept by it either.
    await leaving.close();
  } finally {
    told.abort();
    own.thaw();
  }
  await until(() =>
    store.check().then(
      () => true,
      () => false,
    ),
  );
  await store.close();
  await own.stop();
});
