import { behaviourOf, behaviourOfJob } from '../cards/behaviour-of.ts';
import type { AnalysisRecord, TaskRecord } from '../records.ts';
import type { Settings } from '../settings.ts';
import type { SandboxState } from '../state/state.ts';
import { resultAtMs } from '../timeline.ts';
import { type Asset, loadAssets } from './assets.ts';
import type { FileAnswer } from './file-answer.ts';

export interface FileParts {
  readonly state: SandboxState;
  readonly settings: Settings;
  /** How others reach the sandbox; no final slash. */
  readonly baseUrl: string;
}

/** Where a file is that its own URL only redirects to. */
const MOVED = '/moved';

const SAMPLE = /^\/samples\/(?<name>[^/]*\.(?:mp4|png))$/;
const OUTPUT = /^\/outputs\/(?<id>\w+)\.(?<extension>\w+)$/;
const PREVIEW = /^\/previews\/(?<id>\w+)\/(?<objId>\d)\.png$/;

/**
 * Finds the file of a path: outputs and previews from when their job has them until they expire,
 * samples always. Any name ending in .mp4 or .png is a sample, so that test cards can be put into
 * URLs that resolve. Null: there is and was no such file.
 */
export function createFileFinder(parts: FileParts): (path: string) => FileAnswer | null {
  const { state } = parts;
  const assets = loadAssets();

  function output(id = '', extension = ''): MadeFile | null {
    const job = state.tasks.get(id);
    if (!job) return null;
    const { outputExtension, videoSeconds } = behaviourOfJob(job);
    const asset = videoSeconds === 12 ? assets.longOutput : assets.output;
    return extension === outputExtension ? { job, asset } : null;
  }

  function preview(id = '', objId = ''): MadeFile | null {
    const job = state.analyses.get(id);
    const asset = assets.people[Number(objId)];
    if (!job || !asset || Number(objId) >= behaviourOfJob(job).people) return null;
    return { job, asset };
  }

  function sample(name: string): FileAnswer {
    const { videoSeconds } = behaviourOf('analysis', `http://samples/${name}`);
    const video = videoSeconds === 12 ? assets.longSource : assets.source;
    const face = assets.faces[name === 'face-2.png' ? 1 : 0];
    const asset = name.endsWith('.mp4') ? video : face;
    return { kind: 'file', asset, type: asset.type, cors: true, truncated: false };
  }

  return (asked) => {
    const name = SAMPLE.exec(asked)?.groups?.['name'];
    if (name !== undefined) return sample(name);
    const moved = asked.startsWith(`${MOVED}/`);
    const path = moved ? asked.slice(MOVED.length) : asked;
    const outputAt = OUTPUT.exec(path)?.groups;
    const previewAt = PREVIEW.exec(path)?.groups;
    const file =
      output(outputAt?.['id'], outputAt?.['extension']) ??
      preview(previewAt?.['id'], previewAt?.['objId']);
    return file && answerWith(file, path, moved, parts);
  };
}

/** A file of a job, whether or not it is there by now. */
interface MadeFile {
  readonly job: AnalysisRecord | TaskRecord;
  readonly asset: Asset;
}

/** What a request for a job's file gets now; `moved`: it has followed the redirect. */
function answerWith(
  { job, asset }: MadeFile,
  path: string,
  moved: boolean,
  { settings, baseUrl }: FileParts,
): FileAnswer | null {
  const behaviour = behaviourOfJob(job);
  const { fileAnswer, fileCors: cors, outputType } = behaviour;
  const after = resultAtMs(job.durationMs, behaviour);
  const age = after === null ? -1 : settings.clock.now() - job.createdAt - after;
  if (age < 0) return null;
  if (age >= settings.expiryMs) return { kind: 'expired' };
  if (fileAnswer === 'html') return { kind: 'html' };
  if (fileAnswer === 'redirect' && !moved) {
    return { kind: 'redirect', location: `${baseUrl}${MOVED}${path}` };
  }
  if (fileAnswer === 'forbidden first' && age < settings.forbiddenMs) return { kind: 'forbidden' };
  const type = outputType ?? asset.type;
  return { kind: 'file', asset, type, cors, truncated: fileAnswer === 'truncated' };
}
