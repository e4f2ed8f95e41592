import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { install, isInstalled } from './programs.ts';
import { startServer } from './server-process.ts';
import { peer, type Contestant, type World } from './servers.ts';

const FOLDER = fileURLToPath(new URL('../hive', import.meta.url));

/**
 * Hive Gateway, where it is installed; null where it is not. It brings hundreds of packages, so that it is installed only when it
 * `isWanted`.
 */
export function hiveIfInstalled(isWanted: boolean, world: World): Contestant | null {
  if (isWanted) install(FOLDER);
  if (!existsSync(`${FOLDER}/node_modules`) || !isInstalled(FOLDER)) return null;
  const asPeer = peer('hive', world);
  return {
    ...asPeer,
    start: () =>
      startServer({
        name: 'hive',
        args: [`${FOLDER}/gateway.mjs`],
        env: { AKOOL_BASE_URL: world.standInUrl, AKOOL_API_KEY: asPeer.apiKey },
        readyPath: '/healthcheck',
        endSignal: 'SIGKILL',
        pinning: world.pinning,
      }),
  };
}
