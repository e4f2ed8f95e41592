const MEGABYTE = 1024 * 1024;
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Every bound of files in one place, with the reason for its number. Times in milliseconds. */
export const MEDIA_LIMITS = {
  /** Twenty seconds of the best that a phone records are about 150 MB. */
  videoBytes: 500 * MEGABYTE,
  /** A camera's largest JPEG is half of it. */
  faceBytes: 30 * MEGABYTE,
  /**
   * The largest cameras have 200 million; what claims more is there to use up a reader's memory.
   */
  facePixels: 300_000_000,
  /** An output is as long as its source. */
  copyBytes: 1024 * MEGABYTE,
  /** How long a place waits for its bytes: half a gigabyte at 1.2 Mbit/s. */
  putForMs: 60 * MINUTE_MS,
  /** How long an upload lives that no job uses. */
  uploadKeepMs: 3 * DAY_MS,
  /** And after the end of the last job that used it. */
  uploadAfterJobsMs: DAY_MS,
  /** An output can be announced before it can be read; what is not there after a day is gone. */
  copyTryForMs: DAY_MS,
  copyLeaseMs: 30 * SECOND_MS,
  copiesAtOnce: 8,
  copiesAtOncePerTeam: 4,
  /** To reach a source. */
  connectMs: 10 * SECOND_MS,
  /** The longest silence of a source. */
  silentMs: 30 * SECOND_MS,
  /**
   * AKOOL takes about 3 to 20 seconds and decides itself: only what is clearly outside is refused
   * here.
   */
  shortestVideoSeconds: 2.5,
  longestVideoSeconds: 30,
} as const;

/** A bucket's links end after seven days at most; AKOOL reads long before. */
export const LONGEST_PRESIGNED_SECONDS = 7 * 24 * 60 * 60;
