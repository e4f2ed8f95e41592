import { randomUUID } from 'node:crypto';
import type { TeamId } from '../domain/job.ts';
import type { Clock, Random } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { newSecret } from '../runtime/secrets.ts';
import type { Store } from '../store/store.ts';
import { createMediaLinks } from './links/media-links.ts';
import { createSignedLinks } from './links/signed-links.ts';
import type { Media } from './media.ts';
import type { ProxyConfig } from '../config/proxies.ts';
import type { MediaConfig } from '../config/media/media-config.ts';
import { openMediaStorage } from './storage/open-media-storage.ts';
import { sweepUploads } from './uploads/upload-sweep.ts';
import { createUploads } from './uploads/uploads.ts';

export interface MediaParts {
  readonly config: MediaConfig;
  readonly store: Store;
  readonly teams: readonly TeamId[];
  /** How callers and AKOOL reach this gateway, once it listens. */
  readonly baseUrl: () => string;
  /** `baseUrl` is PUBLIC_URL. */
  readonly isPublic: boolean;
  /** AKOOL is the built-in sandbox. */
  readonly isSandbox: boolean;
  /** Where files may lie at any address: a stand-in for AKOOL on this machine. */
  readonly trustedOrigins: readonly string[];
  /** On the way to files that are copied. */
  readonly proxies: ProxyConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Media that are served. */
export interface RunningMedia {
  readonly media: Media;
  /** Starts copying; to be called once the gateway listens. */
  startCopying(): void;
  stop(): Promise<void>;
}

/**
 * Opens the store of files and puts everything about them together. Rejects with what either store
 * throws.
 */
export async function openMedia(parts: MediaParts): Promise<RunningMedia> {
  const { config, store, clock, log, baseUrl } = parts;
  const { copies, uploads } = store;
  const storage = await openMediaStorage(config.location, config.credentials, log);
  const secret = config.signingKey ?? (await uploads.keepSecret('media-signing-key', newSecret()));
  const signed = createSignedLinks(secret);
  const links = createMediaLinks({
    storage,
    signed,
    clock,
    baseUrl,
    isPublic: parts.isPublic,
    isSandbox: parts.isSandbox,
  });
  const openLink: Media['openLink'] = (token) => signed.open(token, clock.now());
  const callers = createUploads({
    store: uploads,
    storage,
    links,
    clock,
    log,
    quotaBytes: config.quotaBytes,
    newToken: newSecret,
    newId: () => randomUUID(),
    baseUrl,
    openLink,
    bucket: config.location.kind === 's3' ? config.location.place.bucket : null,
  });
  const stops: (() => void | Promise<void>)[] = [
    sweepUploads({ store: uploads, storage, clock, log }),
  ];
  if (!config.copies) await copies.skipCopies();

  return {
    media: {
      copies: config.copies,
      readCopies: (keys) => copies.readCopies(keys),
      async linkTo({ file, objectKey, slot }, validForSeconds) {
        if (file === null) return null;
        const name = slot === 'output' ? 'output' : slot.replace(':', '-');
        const linked = { key: objectKey, contentType: file.contentType, name };
        return links.temporary(linked, validForSeconds);
      },
      uploads: callers,
      openLink,
      sizeOf: (key) => storage.size(key),
      read: (key, range) => storage.read(key, range),
    },
    startCopying() {
      // Loaded now that the gateway listens: no start has to wait for it.
      const starting = import('./copying/start-copying.ts').then((copying) =>
        copying.startCopying({ ...parts, storage }),
      );
      stops.push(async () => (await starting)());
    },
    async stop() {
      for (const stop of stops.splice(0).toReversed()) await stop();
      await storage.close();
    },
  };
}
