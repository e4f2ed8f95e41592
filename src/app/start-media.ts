import type { Config } from '../config/config.ts';
import { isLoopback } from '../config/loopback.ts';
import { noMedia } from '../media/no-media.ts';
import { openMedia, type RunningMedia } from '../media/open-media.ts';
import type { Clock, Random } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Store } from '../store/store.ts';
import type { TeamConfig } from '../config/team-config.ts';

/** What files are opened with. */
export interface FilesParts {
  readonly config: Config;
  readonly store: Store;
  readonly teams: readonly Pick<TeamConfig, 'id' | 'akool'>[];
  /** Null: it speaks to AKOOL. */
  readonly sandboxUrl: string | null;
  /** How this gateway is reached, once it listens. */
  readonly baseUrl: () => string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * Opens what keeps files; a gateway that keeps none has media that say so. Throws what the stores
 * throw.
 */
export async function startMedia(parts: FilesParts): Promise<RunningMedia> {
  const { config, store, teams, sandboxUrl, baseUrl, random, log } = parts;
  if (config.media === null) {
    log.info({}, 'No files are kept: MEDIA_URL names no bucket, and several instances need one.');
    return { media: noMedia, startCopying() {}, stop: async () => {} };
  }
  return openMedia({
    config: config.media,
    store,
    teams: teams.map(({ id }) => id),
    baseUrl,
    isPublic: config.publicUrl !== null,
    isSandbox: sandboxUrl !== null,
    trustedOrigins: standInsOf(teams, sandboxUrl),
    proxies: config.proxies,
    clock: store.clock,
    random,
    log,
  });
}

/**
 * What answers for AKOOL on this very machine can only be a stand-in, whose files lie here as well.
 */
function standInsOf(teams: FilesParts['teams'], sandboxUrl: string | null): string[] {
  const bases = [...teams.map(({ akool }) => akool.baseUrl), ...(sandboxUrl ? [sandboxUrl] : [])];
  const urls = bases.map((base) => new URL(base));
  return urls.filter(({ hostname }) => isLoopback(hostname)).map(({ origin }) => origin);
}
