import { dirname, join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { TeamConfig } from '../config/team-config.ts';
import type { Log } from '../runtime/log.ts';
import { findSandbox, type FoundSandbox } from '../sandbox/find-sandbox.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { StateFileError } from '../sandbox/state/state-file-error.ts';
import { sqlitePathOf } from '../store/sqlite/sqlite-path.ts';
import { StoreOpenError } from '../store/store-open-error.ts';

/** The teams of this gateway and, where it has no account, the sandbox that stands in for AKOOL. */
export interface TeamsOrSandbox {
  readonly teams: readonly TeamConfig[];
  /** Its base URL; null: there is no sandbox. */
  readonly sandboxUrl: string | null;
  /** Ends the sandbox, if any. */
  stop(): Promise<void>;
}

/**
 * The sandbox's team has its own name, so that its jobs never mix with an account's in one
 * database.
 */
const SANDBOX_TEAM = 'sandbox';

/**
 * The configured teams, or the sandbox's one. Throws StoreOpenError when the sandbox cannot keep
 * its state.
 */
export async function startTeamsOrSandbox(config: Config, log: Log): Promise<TeamsOrSandbox> {
  if (config.teams !== null) {
    return { teams: config.teams, sandboxUrl: null, stop: () => Promise.resolve() };
  }
  const stateFile = sandboxStateFile(config.databaseUrl);
  const sandbox = await startSandbox({
    stateFile,
    log: (line) => log.info({}, line),
  }).catch((error: unknown) => {
    throw forOperator(error);
  });
  return {
    teams: [sandboxTeam(config, sandbox)],
    sandboxUrl: sandbox.url,
    stop: () => sandbox.close(),
  };
}

/**
 * The same teams for a tool that runs beside the gateway: its sandbox is found through its state
 * file, not started. Empty: it has no account, and its sandbox was never started. Throws
 * StoreOpenError when the file cannot be read.
 */
export function findTeamsOrSandbox(config: Config): readonly TeamConfig[] {
  if (config.teams !== null) return config.teams;
  try {
    const sandbox = findSandbox(sandboxStateFile(config.databaseUrl));
    return sandbox === null ? [] : [sandboxTeam(config, sandbox)];
  } catch (error) {
    throw forOperator(error);
  }
}

/**
 * The sandbox knows no store but its own file; to the gateway's operator that file is a part of
 * what must be opened.
 */
function forOperator(error: unknown): unknown {
  if (!(error instanceof StateFileError)) return error;
  const where = 'The file lies beside the database of DATABASE_URL, with Postgres in ./data.';
  return new StoreOpenError('CANNOT_OPEN', `${error.message} ${where}`, error);
}

function sandboxTeam(config: Config, { url, apiKey, clientId }: FoundSandbox): TeamConfig {
  return {
    id: SANDBOX_TEAM,
    akool: { apiKey, apiKeyPrevious: null, clientId, auth: 'key', baseUrl: url },
    callerKeys: config.callerKeys,
  };
}

/** Beside the database, so that both are thrown away together. */
function sandboxStateFile(databaseUrl: string): string {
  const folder = databaseUrl.startsWith('file:') ? dirname(sqlitePathOf(databaseUrl)) : 'data';
  return join(folder, 'sandbox.jsonl');
}
