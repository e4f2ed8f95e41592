import type { Team } from '../accounts.ts';
import { behaviourOfJob } from '../cards/behaviour-of.ts';
import type { CancelTimer } from '../clock.ts';
import type { TaskRecord } from '../records.ts';
import type { Settings } from '../settings.ts';
import type { SandboxState } from '../state/state.ts';
import { sealCallback } from './callback-crypto.ts';
import { type PlannedCallback, callbackPlan } from './callback-plan.ts';
import { callbackText } from './callback-text.ts';
import { postCallback } from './post-callback.ts';

/** Sends what tasks owe to their webhookUrl. */
export interface Callbacks {
  /**
   * Sets the clock for every callback that the task still owes; those that were due while nobody
   * was there go out at once. Resolves when the callbacks that must come before the create's answer
   * have been tried once.
   */
  start(task: TaskRecord): Promise<void>;
  /** Ends every timer and every call under way. What is still owed stays in the state. */
  stop(): Promise<void>;
}

export interface CallbackParts {
  readonly state: SandboxState;
  readonly settings: Settings;
  /** The team of an id; undefined when its account is no longer there. */
  readonly teamOf: (id: string) => Team | undefined;
  /** How others reach the sandbox; no final slash. */
  readonly baseUrl: string;
}

/**
 * A callback is owed until it was answered with exactly HTTP 200 or was sent `callbackAttempts`
 * times. Every try is written down. Between tries the wait doubles.
 */
export function createCallbacks(parts: CallbackParts): Callbacks {
  const { state, settings, teamOf, baseUrl } = parts;
  const { clock, callbackTimeoutMs: timeoutMs } = settings;
  const timers = new Set<CancelTimer>();
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();

  async function attempt(task: TaskRecord, planned: PlannedCallback, place: number): Promise<void> {
    const team = teamOf(task.team);
    if (!team || task.webhookUrl === null) return;
    const sealed = sealCallback(
      callbackText(task, planned, behaviourOfJob(task), baseUrl),
      { clientId: team.clientId, clientSecret: team.apiKey },
      clock.now(),
      String(Math.floor(settings.random() * 10_000)).padStart(4, '0'),
    );
    const patience = { clock, timeoutMs, stopping: stopping.signal };
    const delivered = await postCallback(task.webhookUrl, sealed, patience);
    if (stopping.signal.aborted) return;
    const attempts = (state.callbacksOf(task.id).get(place)?.attempts ?? 0) + 1;
    const isLast = attempts >= settings.callbackAttempts;
    if (delivered || isLast) {
      const end = delivered ? 'delivered' : 'given up';
      state.write({ record: 'callback', task: task.id, place, attempts, state: end });
      return;
    }
    state.write({ record: 'callback', task: task.id, place, attempts, state: 'owed' });
    schedule(settings.callbackRetryMs * 2 ** (attempts - 1), task, planned, place);
  }

  function begin(task: TaskRecord, planned: PlannedCallback, place: number): Promise<void> {
    const trying = attempt(task, planned, place)
      // A state file that cannot be written must not end the process that hosts the sandbox. The
      // callback stays owed.
      .catch(() => undefined)
      .finally(() => running.delete(trying));
    running.add(trying);
    return trying;
  }

  function schedule(inMs: number, task: TaskRecord, planned: PlannedCallback, place: number): void {
    if (stopping.signal.aborted) return;
    const cancel = clock.after(inMs, () => {
      timers.delete(cancel);
      void begin(task, planned, place);
    });
    timers.add(cancel);
  }

  async function start(task: TaskRecord): Promise<void> {
    if (task.webhookUrl === null) return;
    const plan = callbackPlan(task.durationMs, behaviourOfJob(task));
    const sent = state.callbacksOf(task.id);
    const early: Promise<void>[] = [];
    for (const [place, planned] of plan.entries()) {
      if ((sent.get(place)?.state ?? 'owed') !== 'owed') continue;
      if (planned.atMs === null) early.push(begin(task, planned, place));
      else schedule(task.createdAt + planned.atMs - clock.now(), task, planned, place);
    }
    await Promise.all(early);
  }

  async function stop(): Promise<void> {
    stopping.abort();
    for (const cancel of timers) cancel();
    timers.clear();
    await Promise.all(running);
  }

  return { start, stop };
}
