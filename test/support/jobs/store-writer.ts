import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { systemClock } from '../../../src/runtime/clock.ts';
import type { HeadSwapTask } from '../../../src/domain/job.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite.ts';

/**
 * Opens the store named by its first argument and buys one task after another, from the number in its second argument on,
 * until it is ended. Says `open` once, then each number when its purchase is durable. What it fails with is its last line.
 */
const [url = '', first = '0'] = process.argv.slice(2);
const say = (line: string): void => void writeSync(1, `${line}\n`);
const silent = (): void => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };

try {
  const store = await openSqliteStore({ url, clock: systemClock, log });
  say('open');
  for (let number = Number(first); ; number += 1) {
    const key = {
      attempt: randomUUID(),
      team: 'team',
      mutation: 'createHeadSwapTask',
      key: `key-${number}`,
    } as const;
    await store.reservePurchase({
      ...key,
      fingerprint: 'f',
      input: '{}',
      tokenDigest: null,
      keepMs: 86_400_000,
    });
    await store.movePurchase(key, ['RESERVED'], 'SENDING');
    const job = task(`task-${number}`);
    const now = systemClock.now();
    const plan = {
      dueAt: now,
      failures: 0,
      deniedSince: null,
      hasWebhook: false,
      firstSeenAt: now,
    };
    await store.movePurchase(key, ['SENDING'], 'ACCEPTED', {
      accepted: { job, schedule: plan, mayBeShared: false },
    });
    await store.writeJobs([
      { job: { ...job, version: 2, progress: 50 }, schedule: plan, seenVersion: 1 },
    ]);
    say(String(number));
  }
} catch (error) {
  say(error instanceof Error ? `${error.name}: ${'code' in error ? String(error.code) : ''}` : '?');
}

function task(id: string): HeadSwapTask {
  return {
    team: 'team',
    kind: 'HEAD_SWAP_TASK',
    id,
    madeHere: true,
    status: 'PROCESSING',
    progress: 0,
    failure: null,
    version: 1,
    createdAt: systemClock.now(),
    updatedAt: 1,
    observedAt: 1,
    supportId: null,
    overdueSince: null,
    sourceVideoUrl: 'https://a.example/v.mp4',
    outputUrl: null,
    durationSeconds: null,
    resolution: 'P720',
    modelName: 'akool-premium',
    fileName: null,
    deductionLockDuration: null,
    deductionDuration: null,
    request: { analysisId: 'a', mappings: [], keepOriginalSound: true, templateId: null },
  };
}
