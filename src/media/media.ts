import type { JobKey } from '../domain/job.ts';
import type { CopiesOfJob, Copy } from '../store/media-store.ts';
import type { LinkTarget } from './links/signed-links.ts';
import type { ByteRange } from './storage/media-storage.ts';
import type { Uploads } from './uploads/uploads.ts';

/** Files in and out, as the schema and the HTTP routes know them. */
export interface Media {
  /** Copies are made: what a job lacks may be on its way. */
  readonly copies: boolean;
  /** What is known of the copies of these jobs, in no particular order. */
  readCopies(keys: readonly JobKey[]): Promise<readonly CopiesOfJob[]>;
  /**
   * A link to a copy that works without a credential for so many seconds; null: it is not STORED.
   */
  linkTo(copy: Copy, validForSeconds: number): Promise<string | null>;

  readonly uploads: Uploads;

  /** What a link's token opens; null: it is none of ours, or has ended. */
  openLink(token: string): LinkTarget | null;
  /** How long a file is; null: it is gone. Throws MediaStorageError. */
  sizeOf(key: string): Promise<number | null>;
  /** Its bytes; null: it is gone. Throws MediaStorageError. */
  read(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | null>;
}
