/** Bytes from the first to the last, both counted from 0 and both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** What a link to a file says of it, beside the bytes. */
export interface LinkedFile {
  readonly contentType: string;
  /** What a browser calls the file when it saves it. */
  readonly fileName: string;
}

/** A place to send a file to. */
export interface UploadLink {
  readonly url: string;
  /** What has to be sent with the bytes, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Links that the store itself answers, so that the bytes do not pass through this process. */
export interface StorageLinks {
  /** A link that reads the file, whole or in ranges, for so many seconds. */
  toRead(key: string, file: LinkedFile, validForSeconds: number): Promise<string>;
  /** A link that writes exactly `bytes` bytes of `contentType`, for so many seconds. */
  toWrite(
    key: string,
    file: { readonly contentType: string; readonly bytes: number },
    validForSeconds: number,
  ): Promise<UploadLink>;
}

/**
 * Where files live. Keys are our own: lower-case letters, digits, `-`, `_` and `/`. Every verb
 * throws MediaStorageError when the store cannot do it.
 */
export interface MediaStorage {
  /** Null: the store has no links of its own, and files go through this process. */
  readonly links: StorageLinks | null;
  /**
   * Keeps what `content` brings under `key`, in place of what was there. Resolves once it is
   * durable. When `content` throws, or the process ends, nothing is kept and what was there stays;
   * its error is thrown on.
   */
  write(key: string, content: AsyncIterable<Uint8Array>, contentType: string): Promise<void>;
  /** How many bytes a file has; null: there is none. */
  size(key: string): Promise<number | null>;
  /**
   * The bytes of a file, or of a range that lies within it; null: there is none. Whoever does not
   * read to the end destroys it.
   */
  read(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | null>;
  /** Deletes a file; that there is none is no error. */
  delete(key: string): Promise<void>;
  close(): Promise<void>;
}

/** What the store could not do: it has no room left, or it cannot be reached or refuses us. */
export type MediaStorageProblem = 'FULL' | 'AWAY';

/** The store cannot do it now. The message is ours and names no path, host or credential. */
export class MediaStorageError extends Error {
  override readonly name = 'MediaStorageError';
  readonly problem: MediaStorageProblem;
  /** How the store names what is wrong, as in ENOSPC or AccessDenied, for the log. */
  readonly code: string;

  constructor(problem: MediaStorageProblem, code: string) {
    super(problem === 'FULL' ? 'The media store is full.' : 'The media store cannot be used.');
    this.problem = problem;
    this.code = code;
  }
}

const KEY = /^[a-z0-9_-]+(\/[a-z0-9_-]+)*$/;

/** Throws a TypeError for a key that is not one of ours: a defect, since no caller chooses keys. */
export function assertKey(key: string): void {
  if (!KEY.test(key)) throw new TypeError('Not a key of the media store');
}
