import {
  ALL_FORMATS,
  CustomSource,
  EncodedPacketSink,
  Input,
  type InputVideoTrack,
} from 'mediabunny';
import type { ByteSource } from './byte-source.ts';
import { editedSeconds } from './edited-seconds.ts';

/** What a video file is, as a player shows it. */
export interface VideoFacts {
  /** Of the pictures alone; null: it cannot be told. */
  readonly durationSeconds: number | null;
  /** Pixels, after rotation. */
  readonly width: number;
  /** Pixels, after rotation. */
  readonly height: number;
}

/** From here on it is worth asking whether an edit list shows less than the file holds. */
const MAY_BE_TRIMMED_SECONDS = 20;

/**
 * Looks into a video file; null: there are no pictures in it, or it is cut off. The length is that
 * of the video track: sound may be longer, headers may be empty or describe a first fragment alone,
 * and a phone's trimming only hides what is cut.
 */
export async function videoFactsOf(source: ByteSource): Promise<VideoFacts | null> {
  const input = new Input({
    formats: ALL_FORMATS,
    source: new CustomSource({
      getSize: () => source.bytes,
      read: (start, end) => source.read(start, end),
      prefetchProfile: 'fileSystem',
    }),
  });
  try {
    const track = await input.getPrimaryVideoTrack();
    if (track === null || (await isCut(track))) return null;
    return {
      durationSeconds: await secondsOf(track, source),
      width: await track.getDisplayWidth(),
      height: await track.getDisplayHeight(),
    };
  } catch {
    return null;
  } finally {
    input.dispose();
  }
}

async function secondsOf(track: InputVideoTrack, source: ByteSource): Promise<number | null> {
  const end = await track.computeDuration();
  const seconds = end - Math.max(0, await track.getFirstTimestamp());
  if (!Number.isFinite(seconds) || seconds <= 0) return null;
  if (seconds <= MAY_BE_TRIMMED_SECONDS) return seconds;
  const shown = await editedSeconds(source);
  return shown === null ? seconds : Math.min(seconds, shown);
}

/** All headers of a file hide that its end is missing; its last packet does not. */
async function isCut(track: InputVideoTrack): Promise<boolean> {
  return (await new EncodedPacketSink(track).getPacket(Infinity)) === null;
}
