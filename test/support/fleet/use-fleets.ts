import { afterEach } from 'vitest';
import { startFleet, type Fleet } from './fleet.ts';
import { removeFolders } from '../processes/folder.ts';
import { killGateways } from '../gateway/gateway-process.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../akool/scripted-upstream.ts';
import { newDatabase } from '../postgres/shared-postgres.ts';

/** Starts a fleet; by default on a new database of the server that all test files share. */
export type StartFleet = (
  size: number,
  env?: Record<string, string>,
  database?: string,
) => Promise<Fleet>;

/** For the head of a test file: how its tests start fleets, each with an upstream of its own. They end after each test. */
export function useFleets(): StartFleet {
  const upstreams: ScriptedUpstream[] = [];
  afterEach(async () => {
    await killGateways();
    await Promise.all(upstreams.splice(0).map((upstream) => upstream.stop()));
    removeFolders();
  });
  return async (size, env = {}, database) => {
    const upstream = await startScriptedUpstream();
    upstreams.push(upstream);
    return startFleet(database ?? (await newDatabase()), upstream, size, env);
  };
}
