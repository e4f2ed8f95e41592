import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A file that the sandbox serves, held in memory. */
export interface Asset {
  readonly type: 'image/png' | 'video/mp4';
  readonly bytes: Buffer;
  /** A strong validator, quotes included. */
  readonly etag: string;
}

/** Every file the sandbox serves, together some 300 kB. */
export interface Assets {
  /** What source samples show: two people. */
  readonly source: Asset;
  /** What tasks produce: the same scene with other heads. */
  readonly output: Asset;
  /** The source and the output of videos that last 12 s instead of 4. */
  readonly longSource: Asset;
  readonly longOutput: Asset;
  /** The people that analyses find, by obj_id. */
  readonly people: readonly Asset[];
  /** The reference faces among the samples. */
  readonly faces: readonly [Asset, Asset];
}

function load(name: string, type: Asset['type']): Asset {
  const bytes = readFileSync(new URL(`assets/${name}`, import.meta.url));
  return { type, bytes, etag: `"${createHash('sha1').update(bytes).digest('hex').slice(0, 16)}"` };
}

/** Reads the files that lie beside this module. */
export function loadAssets(): Assets {
  return {
    source: load('source.mp4', 'video/mp4'),
    output: load('output.mp4', 'video/mp4'),
    longSource: load('long-source.mp4', 'video/mp4'),
    longOutput: load('long-output.mp4', 'video/mp4'),
    people: [0, 1, 2, 3, 4].map((objId) => load(`person-${objId}.png`, 'image/png')),
    faces: [load('face.png', 'image/png'), load('face-2.png', 'image/png')],
  };
}
