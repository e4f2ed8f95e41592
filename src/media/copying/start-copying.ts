import { proxyTo, type ProxyConfig } from '../../config/proxies.ts';
import type { MediaConfig } from '../../config/media/media-config.ts';
import type { Store } from '../../store/store.ts';
import { findAddresses } from '../fetching/guarded-connector.ts';
import { createMediaFetcher } from '../fetching/media-fetcher.ts';
import { MEDIA_LIMITS } from '../limits.ts';
import { startCopier, type CopierParts } from './copier.ts';

/** What copies are made with. */
export interface CopyingParts extends Pick<CopierParts, 'teams' | 'clock' | 'random' | 'log'> {
  readonly config: Pick<MediaConfig, 'copies' | 'quotaBytes' | 'keepMs'>;
  readonly store: Pick<Store, 'copies' | 'uploads' | 'jobsWritten'>;
  readonly storage: CopierParts['files']['storage'];
  readonly proxies: ProxyConfig;
  /** Where files may lie at any address: a stand-in for AKOOL on this machine. */
  readonly trustedOrigins: readonly string[];
}

/**
 * Starts copying what jobs end with, unless that is switched off, and deleting copies in their
 * time. Returns what stops it.
 */
export function startCopying(parts: CopyingParts): () => Promise<void> {
  const { config, store, storage, teams, clock, random, log } = parts;
  const fetcher = createMediaFetcher({
    allowedOrigins: parts.trustedOrigins,
    proxies: { http: proxyTo(parts.proxies, 'http:'), https: proxyTo(parts.proxies, 'https:') },
    find: findAddresses,
    connectMs: MEDIA_LIMITS.connectMs,
    silentMs: MEDIA_LIMITS.silentMs,
  });
  const copier = startCopier({
    store: store.copies,
    teams,
    jobsWritten: store.jobsWritten,
    files: { fetcher, storage, mostBytes: MEDIA_LIMITS.copyBytes },
    clock,
    random,
    log,
    hasRoom: async (team) =>
      config.quotaBytes === null || (await store.uploads.readStoredBytes(team)) < config.quotaBytes,
    leaseMs: MEDIA_LIMITS.copyLeaseMs,
    tryForMs: MEDIA_LIMITS.copyTryForMs,
    copies: config.copies,
    keepMs: config.keepMs,
    atOnce: MEDIA_LIMITS.copiesAtOnce,
    atOncePerTeam: MEDIA_LIMITS.copiesAtOncePerTeam,
  });
  return async () => {
    await copier.stop();
    await fetcher.close();
  };
}
