/** What a file is by its bytes. */
export interface MediaType {
  /** As in `video/mp4`. */
  readonly mime: string;
  /** As in `mp4`, without a dot. */
  readonly extension: string;
}

/** How much of a file's beginning tells its type. */
export const HEAD_BYTES = 4_100;

/**
 * The type of the video or picture that begins with these bytes; null: it is neither, or cannot be
 * told.
 */
export async function mediaTypeOf(head: Uint8Array): Promise<MediaType | null> {
  const { fileTypeFromBuffer } = await import('file-type');
  const found = await fileTypeFromBuffer(head);
  // A vector drawing is a document that can run scripts.
  if (found === undefined || !/^(video|image)\/(?!svg)/.test(found.mime)) return null;
  return { mime: found.mime, extension: found.ext };
}
