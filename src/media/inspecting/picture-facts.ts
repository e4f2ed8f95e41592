import type { ByteSource } from './byte-source.ts';

/** What a picture is, as a viewer shows it. */
export interface PictureFacts {
  /** Pixels, after the turn that a camera asks for. */
  readonly width: number;
  /** Pixels, after the turn that a camera asks for. */
  readonly height: number;
}

/** Cameras put a preview of the picture before its size. */
const HEAD_BYTES = 1024 * 1024;

/** From here on a camera's orientation lays a picture on its side. */
const FIRST_SIDEWAYS = 5;

/** Looks into a picture; null: its size cannot be read. */
export async function pictureFactsOf(source: ByteSource): Promise<PictureFacts | null> {
  const { imageSize } = await import('image-size');
  const head = await source.read(0, Math.min(source.bytes, HEAD_BYTES));
  try {
    const { width, height, orientation = 1 } = imageSize(head);
    return orientation >= FIRST_SIDEWAYS ? { width: height, height: width } : { width, height };
  } catch {
    return null;
  }
}
