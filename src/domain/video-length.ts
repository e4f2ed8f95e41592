import type { VideoInfo } from './job.ts';

/**
 * What AKOOL surely refuses, in seconds. It documents about 3 to 20 and decides itself, so what is
 * near that is left to it.
 */
const TOO_SHORT_SECONDS = 2;
const TOO_LONG_SECONDS = 30;

/** A video's length in seconds; null where AKOOL did not tell both figures that make it. */
export function secondsOf(video: VideoInfo | null): number | null {
  const { frameCount, fps } = video ?? {};
  const isKnown = typeof frameCount === 'number' && typeof fps === 'number' && fps > 0;
  return isKnown ? frameCount / fps : null;
}

/**
 * Why no task can be built on a video of this length, as the end of a sentence; null: nothing that
 * is certain. No frames at all is a figure that AKOOL does not have yet.
 */
export function lengthProblem(video: VideoInfo | null): string | null {
  const seconds = secondsOf(video);
  if (seconds === null || seconds === 0) return null;
  if (seconds >= TOO_SHORT_SECONDS && seconds <= TOO_LONG_SECONDS) return null;
  const length = `${Math.round(seconds * 10) / 10} s`;
  return `names an analysis of a video of ${length}: AKOOL takes about 3 to 20 s, so submit a video of that length`;
}
