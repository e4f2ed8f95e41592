import {
  type AnalysisRecord,
  type CallbackRecord,
  type SandboxRecord,
  type TaskRecord,
  sandboxRecord,
} from '../records.ts';
import { type Journal, openJournal } from './journal.ts';
import { foreignLine } from './state-file-error.ts';

/** Everything the sandbox knows: a sum of records, each written down before it counts. */
export interface SandboxState {
  readonly analyses: ReadonlyMap<string, AnalysisRecord>;
  readonly tasks: ReadonlyMap<string, TaskRecord>;
  /** The last port it listened on; null at the very first start. */
  port(): number | null;
  /** Whether the team's credits were ever set. */
  hasCredits(team: string): boolean;
  /** A team's credits; all zero when they were never set. */
  creditsOf(team: string): TeamCredits;
  /**
   * How far a task's callbacks have come, by their place in its plan; those never sent are missing.
   */
  callbacksOf(task: string): ReadonlyMap<number, CallbackRecord>;
  /** Writes a record down, then lets it count. */
  write(record: SandboxRecord): void;
  close(): void;
}

/** What a team can spend. */
export interface TeamCredits {
  readonly balance: number;
  /** What the balance was last set to. */
  readonly setTo: number;
  /** How often it was refilled since. */
  readonly refills: number;
  /** Milliseconds since the epoch; null: not since it was last set. */
  readonly refilledAt: number | null;
}

const NO_CREDITS: TeamCredits = { balance: 0, setTo: 0, refills: 0, refilledAt: null };

function creditsAfter(
  before: TeamCredits,
  { credits, refilledAt }: Extract<SandboxRecord, { record: 'credits' }>,
): TeamCredits {
  return refilledAt === undefined
    ? { balance: credits, setTo: credits, refills: 0, refilledAt: null }
    : { ...before, balance: credits, refills: before.refills + 1, refilledAt };
}

/** What every record begins with, as it is written. */
const LINE_START = '{"record":"';

function parseLine(line: string): SandboxRecord | null {
  try {
    return sandboxRecord.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

/**
 * Opens the state kept in a file, or a new one in memory. Throws StateFileError, also when a whole
 * line of the file is not a record: it belongs to something else then.
 */
export function openState(stateFile: string | null): SandboxState {
  const journal: Journal | null = stateFile === null ? null : openJournal(stateFile, LINE_START);
  const analyses = new Map<string, AnalysisRecord>();
  const tasks = new Map<string, TaskRecord>();
  const credits = new Map<string, TeamCredits>();
  const creditsOf = (team: string): TeamCredits => credits.get(team) ?? NO_CREDITS;
  const callbacks = new Map<string, Map<number, CallbackRecord>>();
  let port: number | null = null;

  const spend = (team: string, cost: number): void => {
    const before = creditsOf(team);
    credits.set(team, { ...before, balance: before.balance - cost });
  };

  const count = (record: SandboxRecord): void => {
    switch (record.record) {
      case 'port':
        port = record.port;
        break;
      case 'credits':
        credits.set(record.team, creditsAfter(creditsOf(record.team), record));
        break;
      case 'analysis':
        analyses.set(record.id, record);
        break;
      case 'task':
        tasks.set(record.id, record);
        spend(record.team, record.cost);
        break;
      case 'callback':
        callbacks.set(record.task, new Map(callbacks.get(record.task)).set(record.place, record));
        break;
    }
  };

  for (const [index, line] of (journal?.lines ?? []).entries()) {
    const record = parseLine(line);
    if (!record) {
      journal?.close();
      throw foreignLine(stateFile ?? '', index + 1);
    }
    count(record);
  }

  return {
    analyses,
    tasks,
    port: () => port,
    hasCredits: (team) => credits.has(team),
    creditsOf,
    callbacksOf: (task) => callbacks.get(task) ?? new Map(),
    write(record) {
      journal?.append(JSON.stringify(record));
      count(record);
    },
    close: () => journal?.close(),
  };
}
