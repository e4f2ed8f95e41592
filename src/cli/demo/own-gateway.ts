import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp } from '../../app/app.ts';
import { readConfig } from '../../config/config.ts';
import { systemClock } from '../../runtime/clock.ts';
import { createLogger } from '../../log/logger.ts';

/** A gateway on the sandbox, in this process. */
export interface OwnGateway {
  readonly url: string;
  /** A video with two people, and a face, that the sandbox serves. */
  readonly video: string;
  readonly face: string;
  /** Ends it and deletes all it has stored. */
  stop(): Promise<void>;
}

/**
 * Starts it on a free port, with a database in a folder of its own, and with `variables`. Whatever
 * the environment says, it never speaks to AKOOL.
 */
export async function startOwnGateway(
  variables: Readonly<Record<string, string>> = {},
): Promise<OwnGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'head-swap-demo-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const app = await startApp({
      // Asking often costs nothing here, and shows more of the progress.
      config: readConfig({
        PORT: '0',
        DATABASE_URL: `file:${join(folder, 'gateway.db')}`,
        POLL_MIN_MS: '500',
        ...variables,
      }),
      clock: systemClock,
      random: Math.random,
      log: await createLogger({ level: 'silent', secrets: [], readable: false }),
    });
    return {
      url: app.url,
      video: `${app.sandboxUrl}/samples/two-people.mp4`,
      face: `${app.sandboxUrl}/samples/face.png`,
      async stop() {
        await app.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
