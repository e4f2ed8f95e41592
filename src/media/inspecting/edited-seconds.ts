import type { ByteSource } from './byte-source.ts';

const CHUNK_BYTES = 256 * 1024;

/**
 * How long an MP4 or MOV says that it is shown, its edit list applied; null: it is no such file, or
 * does not say. A look reads no more than leads to the index.
 */
export async function editedSeconds(source: ByteSource): Promise<number | null> {
  const { createFile, MP4BoxBuffer } = await import('mp4box');
  const file = createFile();
  let seconds: number | null = null;
  let failed = false;
  file.onReady = ({ duration, timescale, isFragmented }) => {
    seconds = isFragmented || duration === 0 ? null : duration / timescale;
  };
  file.onError = () => {
    failed = true;
  };
  const read = new Set<number>();
  for (let at = 0; at < source.bytes && !read.has(at) && seconds === null && !failed;) {
    read.add(at);
    const piece = await source.read(at, Math.min(source.bytes, at + CHUNK_BYTES));
    const { buffer, byteOffset, byteLength } = piece;
    const copy = buffer.slice(byteOffset, byteOffset + byteLength);
    at = file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(copy, at)) ?? source.bytes;
  }
  return seconds;
}
