import { behaviourOf } from '../cards/behaviour-of.ts';
import type { Settings } from '../settings.ts';
import type { SandboxState } from '../state/state.ts';
import { resultAtMs } from '../timeline.ts';
import { type Asset, loadAssets } from './assets.ts';

/** A file that is there, was there, or never was. */
export type FoundFile = Asset | 'expired' | null;

/** What finding files needs of the sandbox. */
export interface FileParts {
  readonly state: SandboxState;
  readonly settings: Settings;
}

/**
 * Finds the file of a path: outputs and previews from when their job has them until they expire,
 * samples always. Any name ending in .mp4 or .png is a sample, so that test cards can be put into
 * URLs that resolve.
 */
export function createFileFinder({ state, settings }: FileParts): (path: string) => FoundFile {
  const assets = loadAssets();
  const fileMadeAt = (madeAt: number | null, asset: Asset | undefined): FoundFile => {
    const age = madeAt === null ? -1 : settings.clock.now() - madeAt;
    if (!asset || age < 0) return null;
    return age < settings.expiryMs ? asset : 'expired';
  };

  const output = (id: string): FoundFile => {
    const task = state.tasks.get(id);
    if (!task) return null;
    const after = resultAtMs(task.durationMs, behaviourOf('task', task.videoUrl, task.faceUrls));
    return fileMadeAt(after === null ? null : task.createdAt + after, assets.output);
  };

  const preview = (id: string, objId: number): FoundFile => {
    const analysis = state.analyses.get(id);
    if (!analysis) return null;
    const behaviour = behaviourOf('analysis', analysis.videoUrl);
    const after = resultAtMs(analysis.durationMs, behaviour);
    const person = objId < behaviour.people ? assets.people[objId] : undefined;
    return fileMadeAt(after === null ? null : analysis.createdAt + after, person);
  };

  return (path) => {
    const [, folder, name, rest] = path.split('/');
    if (folder === 'outputs' && name?.endsWith('.mp4')) return output(name.slice(0, -4));
    if (folder === 'previews' && name && /^\d\.png$/.test(rest ?? '')) {
      return preview(name, Number(rest?.[0]));
    }
    if (folder !== 'samples' || rest !== undefined) return null;
    if (name?.endsWith('.mp4')) return assets.source;
    if (name?.endsWith('.png')) return assets.faces[name === 'face-2.png' ? 1 : 0];
    return null;
  };
}
