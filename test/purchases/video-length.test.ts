import { expect, it } from 'vitest';
import { lengthProblem } from '../../src/jobs/purchases/task-order.ts';

const video = (frameCount: number | null, fps: number | null) => ({
  width: null,
  height: null,
  fps,
  frameCount,
});

it.each([
  [57, 30],
  [29, 30],
  [901, 30],
  [27_000, 30],
])('%d frames at %d a second are clearly outside', (frameCount, fps) => {
  const seconds = Math.round((frameCount / fps) * 10) / 10;
  expect(lengthProblem(video(frameCount, fps))).toContain(`a video of ${seconds} s`);
});

it.each([
  [60, 30],
  [80, 30],
  [900, 30],
  [750, 29.97],
])('%d frames at %d a second are left to AKOOL', (frameCount, fps) => {
  expect(lengthProblem(video(frameCount, fps))).toBeNull();
});

it.each([
  ['no video', null],
  ['no frames', video(null, 30)],
  ['no rate', video(3000, null)],
  ['a rate of nothing', video(3000, 0)],
  ['a count of nothing', video(0, 30)],
])('an unknown length is never refused: %s', (_name, known) => {
  expect(lengthProblem(known)).toBeNull();
});
