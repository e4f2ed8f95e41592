import { useState } from 'react';

export type Faces = Readonly<Record<number, string>>;

/** The faces chosen for an analysis, by objId; they outlive a reload. */
export function useFaces(analysisId: string): {
  readonly faces: Faces;
  setFace(objId: number, faceUrl: string): void;
} {
  const slot = `recast.faces.${analysisId}`;
  const [faces, setFaces] = useState<Faces>(() => read(slot));
  return {
    faces,
    setFace: (objId, faceUrl) =>
      setFaces((before) => {
        const after = { ...before, [objId]: faceUrl };
        sessionStorage.setItem(slot, JSON.stringify(after));
        return after;
      }),
  };
}

function read(slot: string): Faces {
  try {
    const faces: Faces = JSON.parse(sessionStorage.getItem(slot) ?? '{}');
    return faces;
  } catch {
    return {};
  }
}
