import type { Clock } from '../../runtime/clock.ts';
import type { MediaStorage } from '../storage/media-storage.ts';
import { extensionOf } from './file-names.ts';
import type { SignedLinks } from './signed-links.ts';

/** A file that a link is wanted for. */
export interface LinkedMedia {
  /** The store's key. */
  readonly key: string;
  readonly contentType: string;
  /** What a browser calls it, without an extension. */
  readonly name: string;
}

/** Links to files, as callers and AKOOL get them. */
export interface MediaLinks {
  /**
   * AKOOL can read what these links name: they lead to a public address, or AKOOL is the sandbox.
   */
  readonly reachesAkool: boolean;
  /** For so many seconds. */
  temporary(file: LinkedMedia, validForSeconds: number): Promise<string>;
  /**
   * As long as the file lives, or for `mostSeconds` where the store itself answers and knows no
   * longer links.
   */
  lasting(file: LinkedMedia, mostSeconds: number): Promise<string>;
  /** Where the bytes of an upload are sent to. */
  toPut(putToken: string): string;
}

export interface MediaLinksParts {
  readonly storage: MediaStorage;
  readonly signed: SignedLinks;
  readonly clock: Clock;
  /** How callers and AKOOL reach this gateway, without a slash at its end. */
  readonly baseUrl: () => string;
  /** `baseUrl` is the public one. */
  readonly isPublic: boolean;
  /** AKOOL is the built-in sandbox, which reads nothing. */
  readonly isSandbox: boolean;
}

/** The latest instant that a date can name, in milliseconds: a link that ends with its file. */
const NEVER = 8_640_000_000_000_000;

/**
 * Where the store has links of its own, callers are given those; AKOOL too, unless this gateway has
 * a public address.
 */
export function createMediaLinks(parts: MediaLinksParts): MediaLinks {
  const { storage, signed, clock, baseUrl, isPublic, isSandbox } = parts;
  const fileNameOf = ({ name, contentType }: LinkedMedia): string =>
    `${name}.${extensionOf(contentType)}`;
  const ownLink = (file: LinkedMedia, expiresAt: number): string => {
    const { key, contentType } = file;
    const token = signed.sign({ key, contentType, expiresAt });
    return `${baseUrl()}/media/${token}/${fileNameOf(file)}`;
  };
  return {
    reachesAkool: isPublic || isSandbox || storage.links !== null,
    async temporary(file, validForSeconds) {
      if (storage.links === null) return ownLink(file, clock.now() + validForSeconds * 1000);
      const named = { contentType: file.contentType, fileName: fileNameOf(file) };
      return storage.links.toRead(file.key, named, validForSeconds);
    },
    async lasting(file, mostSeconds) {
      if (isPublic || storage.links === null) return ownLink(file, NEVER);
      const named = { contentType: file.contentType, fileName: fileNameOf(file) };
      return storage.links.toRead(file.key, named, mostSeconds);
    },
    toPut: (putToken) => `${baseUrl()}/uploads/${putToken}`,
  };
}
