import { InvalidInputError, NotFoundError } from '../../domain/errors.ts';
import type { TeamId } from '../../domain/job.ts';
import type { Clock } from '../../runtime/clock.ts';
import { singleFlight } from '../../runtime/single-flight.ts';
import type { Log } from '../../runtime/log.ts';
import type { Upload, UploadPurpose, UploadStore } from '../../store/media-store.ts';
import { inspectUpload, TAKEN_TYPES } from '../inspecting/inspect-upload.ts';
import { LONGEST_PRESIGNED_SECONDS, MEDIA_LIMITS } from '../limits.ts';
import type { MediaLinks } from '../links/media-links.ts';
import { createReceptions, type ReceiveUpload } from './receptions.ts';
import { createCheckUploadUrls, type CheckUploadUrls, type OwnFiles } from './upload-urls.ts';
import type { MediaStorage, UploadLink } from '../storage/media-storage.ts';

/** A file that a caller wants to send. */
export interface UploadWish {
  readonly purpose: UploadPurpose;
  readonly bytes: number;
  readonly contentType: string;
}

/** Callers' files on their way in. */
export interface Uploads {
  /** Opens a place. Throws InvalidInputError. */
  create(team: TeamId, wish: UploadWish): Promise<Upload>;
  /**
   * Looks at what was sent, once; later it answers what it answered. Throws InvalidInputError,
   * NotFoundError.
   */
  finish(team: TeamId, id: string): Promise<Upload>;
  /** Null: unknown, another team's, or deleted. */
  read(team: TeamId, id: string): Promise<Upload | null>;
  /** Where to send the bytes; null: it is too late, or they were looked at. */
  placeOf(upload: Upload): Promise<UploadLink | null>;
  /** Whether the time for its bytes is over. */
  isExpired(upload: Upload): boolean;
  /** Takes the bytes. */
  readonly receive: ReceiveUpload;
  readonly checkUrls: CheckUploadUrls;
}

export interface UploadsParts extends OwnFiles {
  readonly store: UploadStore;
  readonly storage: MediaStorage;
  readonly links: MediaLinks;
  readonly clock: Clock;
  readonly log: Log;
  /** The most bytes of a team's files; null: no bound. */
  readonly quotaBytes: number | null;
  /** Random, and as long as a secret has to be. */
  readonly newToken: () => string;
  readonly newId: () => string;
}

/** Uploads into the media store. */
export function createUploads(parts: UploadsParts): Uploads {
  const { store, storage, links, clock, quotaBytes } = parts;
  const isExpired = (upload: Upload): boolean =>
    upload.state === 'AWAITING' && upload.putUntil <= clock.now();
  const { receive, whileStill } = createReceptions(store, storage, clock);
  const settleOnce = singleFlight(
    (upload: Upload) => whileStill(upload.id, () => settle(upload)),
    ({ id }) => id,
  );

  return {
    async create(team, asked) {
      const wish = { ...asked, contentType: essenceOf(asked.contentType) };
      refuseUnfit(wish, links);
      const id = parts.newId();
      const upload = await store.openUpload(
        {
          team,
          id,
          ...wish,
          objectKey: `uploads/${id}`,
          putToken: parts.newToken(),
          putForMs: MEDIA_LIMITS.putForMs,
          keepMs: MEDIA_LIMITS.uploadKeepMs,
        },
        quotaBytes,
      );
      if (upload === null) throw overQuota(await store.readStoredBytes(team), quotaBytes ?? 0);
      return upload;
    },

    async finish(team, id) {
      const upload = await store.readUpload(team, id);
      if (upload === null) throw new NotFoundError('No such upload.');
      if (upload.state !== 'AWAITING' || isExpired(upload)) return upload;
      const bytes = await storage.size(upload.objectKey);
      if (bytes === null) throw notSent('is of a file that has not been sent yet');
      if (bytes !== upload.bytes) {
        throw notSent(
          `is of a file of which ${bytes} bytes were sent, and ${upload.bytes} announced`,
        );
      }
      return (await settleOnce(upload)) ?? upload;
    },

    read: (team, id) => store.readUpload(team, id),

    async placeOf(upload) {
      if (upload.state !== 'AWAITING' || isExpired(upload)) return null;
      const { objectKey, contentType, bytes, putToken } = upload;
      const seconds = Math.max(1, Math.floor((upload.putUntil - clock.now()) / 1000));
      if (storage.links !== null) {
        return storage.links.toWrite(objectKey, { contentType, bytes }, seconds);
      }
      return { url: links.toPut(putToken), headers: { 'content-type': contentType } };
    },

    isExpired,
    receive,
    checkUrls: createCheckUploadUrls(store, clock, parts),
  };

  async function settle(upload: Upload): Promise<Upload | null> {
    const { team, id, objectKey, bytes, purpose } = upload;
    const found = await inspectUpload(storage, objectKey, bytes, purpose);
    if (found.kind === 'unfit') {
      const settled = await store.settleUpload(team, id, {
        state: 'REJECTED',
        problem: found.problem,
      });
      await storage.delete(objectKey);
      return settled;
    }
    const { contentType, facts } = found;
    const { durationSeconds } = facts;
    if (isDoubtful(durationSeconds)) {
      parts.log.info({ upload: id, durationSeconds }, 'AKOOL may refuse a video of this length');
    }
    const file = { key: objectKey, contentType, name: purpose === 'VIDEO' ? 'video' : 'face' };
    const url = await links.lasting(file, LONGEST_PRESIGNED_SECONDS);
    return store.settleUpload(team, id, { state: 'READY', contentType, url, facts });
  }
}

/** AKOOL takes about 3 to 20 seconds; a little more or less is for it to judge. */
function isDoubtful(seconds: number | null): boolean {
  return seconds !== null && (seconds < 3 || seconds > 20.5);
}

/**
 * A media type without its parameters: browsers name what they record `video/webm;codecs=vp9`, and
 * it is written in any case.
 */
function essenceOf(contentType: string): string {
  return contentType.replace(/;.*/s, '').trim().toLowerCase();
}

/** Throws InvalidInputError where nothing need be sent to know that it is of no use. */
function refuseUnfit(wish: UploadWish, links: MediaLinks): void {
  const problem = problemOf(wish) ?? unreachable(links);
  if (problem !== null) throw new InvalidInputError([problem]);
}

function problemOf({ purpose, bytes, contentType }: UploadWish) {
  const taken = TAKEN_TYPES[purpose];
  if (!taken.includes(contentType)) {
    return { path: ['contentType'], message: `must be one of ${taken.join(', ')}` };
  }
  const most = purpose === 'VIDEO' ? MEDIA_LIMITS.videoBytes : MEDIA_LIMITS.faceBytes;
  return Number.isInteger(bytes) && bytes > 0 && bytes <= most
    ? null
    : { path: ['bytes'], message: `must be a whole number from 1 to ${most}` };
}

function unreachable(links: MediaLinks) {
  if (links.reachesAkool) return null;
  const message =
    'cannot be served: AKOOL could not read the file, so the operator has to set PUBLIC_URL, or MEDIA_URL to a bucket';
  return { path: ['purpose'], message };
}

function overQuota(used: number, quotaBytes: number): InvalidInputError {
  const message = `find no room: the files of this team use ${used} of ${quotaBytes} bytes`;
  return new InvalidInputError([{ path: ['bytes'], message }]);
}

function notSent(message: string): InvalidInputError {
  return new InvalidInputError([{ path: ['id'], message }]);
}
