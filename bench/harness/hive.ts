import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { install, isInstalled } from './programs.ts';
import { startServer } from './server-process.ts';
import { peer, type Contestant, type World } from './servers.ts';
import { messageOf } from './message-of.ts';

const FOLDER = fileURLToPath(new URL('../hive', import.meta.url));

/**
 * Hive Gateway, when it is wanted and runs on this Node.js; otherwise null, and `skipped` hears why. It brings hundreds of packages, so
 * that it is installed on request only.
 */
export async function hiveIfInstalled(
  isWanted: boolean,
  world: World,
  skipped: (why: string) => void,
): Promise<Contestant | null> {
  try {
    if (isWanted) install(FOLDER);
    if (!existsSync(`${FOLDER}/node_modules`) || !isInstalled(FOLDER)) {
      skipped('not installed; --hive installs it');
      return null;
    }
    const hive: Contestant = {
      ...peer('hive', world),
      start: () =>
        startServer({
          name: 'hive',
          args: [`${FOLDER}/gateway.mjs`],
          env: { AKOOL_BASE_URL: world.standInUrl, AKOOL_API_KEY: peer('hive', world).apiKey },
          readyPath: '/healthcheck',
          pinning: world.pinning,
        }),
    };
    const trial = await hive.start();
    await trial.stop();
    return hive;
  } catch (error) {
    skipped(messageOf(error).replaceAll('\n', ' ').slice(0, 300));
    return null;
  }
}
