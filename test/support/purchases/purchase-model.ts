import assert from 'node:assert/strict';
import { ExpectedError, OutcomeUnknownError } from '../../../src/domain/errors.ts';
import { isFinal, type Job, rankOf } from '../../../src/domain/job.ts';
import { StoreUnavailableError } from '../../../src/store/store.ts';
import { idOf, KEYS, type Answer, type Input, type Key, type Step } from './purchase-steps.ts';
import { TEAM, type World } from './purchase-world.ts';

/** AKOOL's side of one create. */
interface Made {
  readonly key: string;
  readonly input: string;
  isMade: boolean;
  isRefused: boolean;
  isAnswered: boolean;
  /** An operator freed its key. */
  isAbandoned: boolean;
  /** A webhook that names its own task was taken. */
  hasRung: boolean;
}

/** Plays steps in a world and checks after each what must hold. */
export class PurchaseModel {
  readonly #world: World;
  readonly #setAway: (isAway: boolean) => void;
  readonly #made: Made[] = [];
  readonly #webhooks: [create: number, status: 2 | 3][] = [];
  /** The task that each key was answered with. */
  readonly #answered = new Map<string, string>();
  readonly #states = new Map<string, Job>();
  /** The tasks that somebody watches since the last crash. */
  readonly #watched = new Set<string>();
  #isAway = false;
  /** What was wrong with what a caller heard. */
  #failure: unknown = null;

  constructor(world: World, setAway: (isAway: boolean) => void) {
    this.#world = world;
    this.#setAway = setAway;
    world.have('foreign', { sourceVideoUrl: 'https://example.com/another.mp4' });
  }

  /** Lets one step happen. */
  async run(step: Step): Promise<void> {
    const world = this.#world;
    switch (step.do) {
      case 'buy':
        this.#hear(step.key, step.input, () => this.#buy(step.key, step.input));
        break;
      case 'ask':
        this.#hear(step.key, null, () => world.resultOf(step.key));
        break;
      case 'answer':
        this.#answer(step.create, step.how);
        break;
      case 'move':
        if (this.#make(step.create)) this.#move(step.create, step.status);
        break;
      case 'ring':
        if (this.#make(step.create)) {
          this.#webhooks.push([step.create, step.status]);
          await this.#ring(step.create, step.status);
        }
        break;
      case 'replay': {
        const webhook = this.#webhooks[step.webhook];
        if (webhook !== undefined) await this.#ring(...webhook);
        break;
      }
      case 'lie':
        await this.#post(step.create, step.id, 3);
        break;
      case 'wait':
        await world.settle(step.milliseconds);
        break;
      case 'store':
        this.#toggle(step.isAway);
        break;
      case 'take for dead':
        await world.takeForDead();
        break;
      case 'abandon':
        if (await world.abandon(step.key)) {
          for (const made of this.#made) {
            if (made.key === step.key && !made.isRefused) made.isAbandoned = true;
          }
        }
        break;
      case 'crash':
        this.#toggle(false);
        await world.crash();
        this.#watched.clear();
        break;
    }
    await world.settle();
    this.#countCreates();
    if (!this.#isAway) await this.#lookAtTasks();
  }

  /** Everything that is still to come comes; then every accepted create has its task, in its final state. */
  async end(): Promise<void> {
    await this.run({ do: 'store', isAway: false });
    await this.run({ do: 'wait', milliseconds: 3000 });
    for (const [create] of this.#made.entries())
      await this.run({ do: 'answer', create, how: 'lost' });
    await this.run({ do: 'crash' });
    for (const [create, made] of this.#made.entries()) {
      if (!made.isMade) continue;
      this.#move(create, 'COMPLETED');
      // Whoever got a 200 once need not ring again.
      if (!made.hasRung) await this.run({ do: 'ring', create, status: 3 });
    }
    await this.run({ do: 'wait', milliseconds: 40_000 });
    for (const key of KEYS) {
      const mine = [...this.#made.entries()].filter(
        ([, { key: of, isMade }]) => of === key && isMade,
      );
      const bought = mine.filter(([, made]) => !made.isAbandoned).map(([create]) => idOf(create));
      assert.ok(bought.length <= 1, `bought twice with ${key}`);
      if (mine.length === 0) continue;
      const result = this.#world.resultOf(key);
      if (bought.length === 0 && this.#isLost(key)) {
        await assert.rejects(Promise.all([result, this.#world.settle()]), OutcomeUnknownError);
        continue;
      }
      await this.#world.settle();
      const job = await result;
      if (bought.length === 1) assert.equal(job?.id, bought[0]);
      // Nobody has used the key since: it turned out to be used after all. Else it was the newer create's, abandoned as well.
      else if (job !== null) assert.ok(mine.some(([create]) => idOf(create) === job.id));
      else assert.ok(mine.every(([create]) => this.#wasUsedAgain(create)));
      if (job !== null) assert.equal(job.status, 'COMPLETED');
    }
    await this.#lookAtLists();
  }

  /** Whether the key belongs to a create of which nobody will ever tell what came of it. */
  #isLost(key: Key): boolean {
    return this.#made.some(
      (made) => made.key === key && !made.isMade && !made.isRefused && !made.isAbandoned,
    );
  }

  /** Whether another create with the key of this one came after it. */
  #wasUsedAgain(create: number): boolean {
    return this.#made.some(({ key }, later) => later > create && key === this.#made[create]?.key);
  }

  /** Whatever was bought is ours, abandoned or not, and was followed to its end. */
  async #lookAtLists(): Promise<void> {
    const query = { team: TEAM, kind: 'HEAD_SWAP_TASK', statuses: null, analysisId: null } as const;
    const listed = await this.#world.jobs.list({ ...query, after: null, limit: 100 });
    const bought = [...this.#made.entries()].filter(([, { isMade }]) => isMade);
    assert.deepEqual(
      new Map(listed.map(({ id, status }) => [id, status])),
      new Map(bought.map(([create]) => [idOf(create), 'COMPLETED'])),
    );
  }

  #buy(key: Key, resolution: Input): Promise<Job> {
    return this.#world.buy(key, {
      resolution,
      mappings: [{ objId: 0, faceUrl: `https://f/${key}` }],
    });
  }

  #toggle(isAway: boolean): void {
    this.#isAway = isAway;
    this.#setAway(isAway);
  }

  /** Checks what a caller hears, whenever that is. */
  #hear(key: Key, input: Input | null, ask: () => Promise<Job | null>): void {
    const known = this.#answered.get(key);
    ask()
      .then(
        (job) => {
          if (job === null) {
            assert.equal(known, undefined, 'a used key was forgotten');
            return;
          }
          const made = this.#made.find((_, create) => idOf(create) === job.id);
          assert.deepEqual([made?.key, made?.isMade, made?.isRefused], [key, true, false]);
          if (input !== null) assert.equal(made?.input, input);
          assert.equal(this.#answered.get(key) ?? job.id, job.id);
          this.#answered.set(key, job.id);
        },
        (error: unknown) => {
          if (error instanceof StoreUnavailableError) return;
          assert.ok(error instanceof ExpectedError, String(error));
          if (known === undefined) return;
          // From then on only another input is told anything but the task.
          assert.equal(error.name, 'IdempotencyConflictError');
          assert.notEqual(this.#made.find((_, create) => idOf(create) === known)?.input, input);
        },
      )
      .catch((failure: unknown) => {
        this.#failure ??= failure;
      });
  }
  #answer(create: number, how: Answer): void {
    const made = this.#made[create];
    if (made === undefined || made.isAnswered) return;
    made.isAnswered = true;
    const answer = this.#world.creates[create]?.answer;
    switch (how) {
      case 'accepted':
        made.isMade = true;
        answer?.({ outcome: 'accepted', observation: this.#world.have(idOf(create)) });
        return;
      case 'lost after it was made':
        made.isMade = true;
        this.#world.have(idOf(create));
        answer?.({ outcome: 'unknown', reason: how });
        return;
      case 'lost':
        answer?.({ outcome: 'unknown', reason: how });
        return;
      case 'billing':
      case 'rejected':
      case 'unavailable':
        // AKOOL does not refuse what it has made.
        made.isRefused = !made.isMade;
        if (made.isMade) answer?.({ outcome: 'unknown', reason: how });
        else if (how === 'unavailable') answer?.({ outcome: how, pauseMs: null });
        else answer?.({ outcome: how, code: 1104, message: how });
    }
  }

  #make(create: number): boolean {
    const made = this.#made[create];
    if (made === undefined || made.isRefused) return false;
    if (!made.isMade) this.#world.have(idOf(create));
    made.isMade = true;
    return true;
  }

  #move(create: number, status: 'PROCESSING' | 'COMPLETED'): void {
    const outputUrl = status === 'COMPLETED' ? 'https://example.com/out.mp4' : null;
    // AKOOL may well fall back; the gateway may not.
    this.#world.have(idOf(create), { status, outputUrl });
  }

  #ring(create: number, status: 2 | 3): Promise<void> {
    return this.#post(create, idOf(create), status);
  }

  async #post(create: number, id: string, status: 2 | 3): Promise<void> {
    const token = this.#world.creates[create]?.token;
    if (token === undefined) return;
    const verdict = await this.#world.ring(token, id, status).catch((error: unknown) => {
      assert.ok(error instanceof StoreUnavailableError, String(error));
    });
    const made = this.#made[create];
    if (made !== undefined && verdict === 'accepted' && id === idOf(create)) made.hasRung = true;
    if (!this.#isAway && made?.isRefused === false) assert.equal(verdict, 'accepted');
  }

  #countCreates(): void {
    for (const { order } of this.#world.creates.slice(this.#made.length)) {
      const key = String(order.mappings[0]?.faceUrl.split('/').at(-1));
      for (const earlier of this.#made) {
        if (earlier.key === key)
          assert.ok(
            earlier.isAbandoned || (earlier.isRefused && !earlier.isMade),
            `sent again: ${key}`,
          );
      }
      assert.ok(!this.#answered.has(key), `sent again, though it was answered: ${key}`);
      const fresh = {
        isMade: false,
        isRefused: false,
        isAnswered: false,
        isAbandoned: false,
        hasRung: false,
      };
      this.#made.push({ key, input: order.resolution, ...fresh });
    }
    if (this.#failure !== null) throw this.#failure;
  }

  async #lookAtTasks(): Promise<void> {
    const keys = this.#made.map(
      (_, create) => ({ team: TEAM, kind: 'HEAD_SWAP_TASK', id: idOf(create) }) as const,
    );
    for (const job of await this.#world.jobs.known(keys)) {
      if (job === null) continue;
      const before = this.#states.get(job.id);
      this.#states.set(job.id, job);
      this.#watch(job);
      if (before === undefined) continue;
      assert.ok(rankOf(job.status) >= rankOf(before.status), 'a status was taken back');
      assert.ok(job.version >= before.version);
      if (isFinal(before.status)) assert.deepEqual(job, before);
    }
    assert.ok(!this.#states.has('foreign'));
  }

  /** What a watcher is told grows by version, and nothing follows the end. */
  #watch(job: Job): void {
    if (this.#watched.has(job.id)) return;
    this.#watched.add(job.id);
    const watching = async (): Promise<void> => {
      let last: Job | null = null;
      for await (const next of await this.#world.jobs.watch(job, null)) {
        assert.ok(last === null || (next.version > last.version && !isFinal(last.status)));
        last = next;
      }
      assert.ok(last !== null && isFinal(last.status));
    };
    watching().catch((failure: unknown) => {
      if (failure instanceof StoreUnavailableError) this.#watched.delete(job.id);
      else this.#failure ??= failure;
    });
  }
}
