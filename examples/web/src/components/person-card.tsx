import { useId, useState } from 'react';
import type { AnalysisPartsFragment } from '../client/generated/graphql.ts';
import { useUpload } from '../hooks/use-upload.ts';
import { Arrow } from './arrow.tsx';
import { FaceChoices } from './face-choices.tsx';
import { Portrait } from './portrait.tsx';

interface PersonCardProps {
  readonly person: AnalysisPartsFragment['persons'][number];
  readonly name: string;
  readonly face: string;
  readonly onFace: (faceUrl: string) => void;
}

export function PersonCard({ person, name, face, onFace }: PersonCardProps) {
  const id = useId();
  const { percent, problem, send } = useUpload('FACE');
  const [unseen, setUnseen] = useState<string | null>(null);
  const preview = person.storedPreview?.url ?? person.previewUrl;
  const newFace = face.trim();
  const isUnseen = newFace !== '' && unseen === newFace;

  const onFile = async (file: File): Promise<void> => {
    const url = await send(file);
    if (url !== null) onFace(url);
  };

  return (
    <li className="person card" data-cast={newFace !== ''}>
      <div className="pair">
        <Portrait key={preview} src={preview} alt={`${name} in the video`} />
        <Arrow />
        <Portrait
          key={newFace}
          src={newFace === '' ? null : newFace}
          alt={`The new face of ${name}`}
          onState={(isShown) => setUnseen(isShown ? null : newFace)}
        />
      </div>
      <div className="person-body">
        <h2>{name}</h2>
        <FaceChoices name={name} face={face} percent={percent} onFace={onFace} onFile={onFile} />
        <label className="field-label" htmlFor={id}>
          Or the address of a picture<span className="visually-hidden"> for {name}</span>
        </label>
        <input
          id={id}
          type="url"
          inputMode="url"
          autoComplete="off"
          spellCheck={false}
          placeholder="https://…"
          value={face}
          aria-describedby={`${id}-words`}
          onChange={(event) => onFace(event.target.value)}
        />
        <div id={`${id}-words`} role="status">
          {problem !== null && <p className="field-problem">{problem}</p>}
          {problem === null && isUnseen && (
            <p className="hint">We cannot show this picture here. It may work all the same.</p>
          )}
        </div>
      </div>
    </li>
  );
}
