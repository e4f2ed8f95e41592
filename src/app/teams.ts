import { dirname, join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { TeamConfig } from '../config/team-config.ts';
import { startSandbox } from '../sandbox/sandbox.ts';

/** The teams of this gateway and, where it has no account, the sandbox that stands in for AKOOL. */
export interface Teams {
  readonly teams: readonly TeamConfig[];
  /** Its base URL; null: there is no sandbox. */
  readonly sandboxUrl: string | null;
  /** Ends the sandbox, if any. */
  stop(): Promise<void>;
}

/** The sandbox's team has its own name, so that its jobs never mix with an account's in one database. */
const SANDBOX_TEAM = 'sandbox';

/** The configured teams, or the sandbox's one. Throws what starting the sandbox throws. */
export async function startTeams(config: Config): Promise<Teams> {
  if (config.teams !== null) {
    return { teams: config.teams, sandboxUrl: null, stop: () => Promise.resolve() };
  }
  const sandbox = await startSandbox({ stateFile: sandboxStateFile(config.databaseUrl) });
  const akool = {
    apiKey: sandbox.apiKey,
    apiKeyPrevious: null,
    clientId: sandbox.clientId,
    auth: 'key',
    baseUrl: sandbox.url,
  } as const;
  return {
    teams: [{ id: SANDBOX_TEAM, akool, callerKeys: config.callerKeys }],
    sandboxUrl: sandbox.url,
    stop: () => sandbox.close(),
  };
}

/** Beside the database, so that both are thrown away together. */
function sandboxStateFile(databaseUrl: string): string {
  const folder = databaseUrl.startsWith('file:')
    ? dirname(databaseUrl.slice('file:'.length))
    : 'data';
  return join(folder, 'sandbox.jsonl');
}
