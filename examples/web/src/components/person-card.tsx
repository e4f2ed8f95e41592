import { useId } from 'react';
import type { AnalysisPartsFragment } from '../client/generated/graphql.ts';
import { useSamples } from '../hooks/use-samples.ts';
import { useUpload } from '../hooks/use-upload.ts';

interface PersonCardProps {
  readonly person: AnalysisPartsFragment['persons'][number];
  readonly name: string;
  readonly face: string;
  readonly onFace: (faceUrl: string) => void;
}

export function PersonCard({ person, name, face, onFace }: PersonCardProps) {
  const id = useId();
  const samples = useSamples();
  const { percent, problem, send } = useUpload('FACE');
  const preview = person.storedPreview?.url ?? person.previewUrl;

  const onFile = async (file: File): Promise<void> => {
    const url = await send(file);
    if (url !== null) onFace(url);
  };

  return (
    <li className="person card" data-cast={face !== ''}>
      {preview === null ? (
        <div className="preview" aria-hidden="true" />
      ) : (
        <img className="preview" src={preview} alt={`${name} in the video`} />
      )}
      <div className="person-body">
        <h2>{name}</h2>
        <label htmlFor={id}>New face for {name}</label>
        <input
          id={id}
          type="url"
          inputMode="url"
          autoComplete="off"
          spellCheck={false}
          placeholder="Address of a picture"
          value={face}
          aria-describedby={problem === null ? undefined : `${id}-problem`}
          onChange={(event) => onFace(event.target.value)}
        />
        <div className="face-choices">
          {samples?.faces.map((sample, index) => (
            <button
              key={sample}
              className="face"
              type="button"
              aria-pressed={face === sample}
              aria-label={`Sample face ${index + 1} for ${name}`}
              onClick={() => onFace(face === sample ? '' : sample)}
            >
              <img src={sample} alt="" />
            </button>
          ))}
          <label className="secondary file">
            {percent === null ? 'Choose a picture' : `Sending ${percent} %`}
            <input
              className="visually-hidden"
              type="file"
              aria-label={`Choose a picture for ${name}`}
              accept="image/jpeg,image/png,image/webp"
              onChange={(event) => {
                const file = event.target.files?.[0];
                event.target.value = '';
                if (file !== undefined) void onFile(file);
              }}
            />
          </label>
        </div>
        {problem !== null && (
          <p className="field-problem" id={`${id}-problem`} role="alert">
            {problem}
          </p>
        )}
      </div>
    </li>
  );
}
