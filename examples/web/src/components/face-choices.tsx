import { useSamples } from '../hooks/use-samples.ts';

interface FaceChoicesProps {
  readonly name: string;
  readonly face: string;
  /** How much of a file was sent; null: none is being sent. */
  readonly percent: number | null;
  readonly onFace: (faceUrl: string) => void;
  readonly onFile: (file: File) => Promise<void>;
}

/** A file, or one of the sandbox's faces. */
export function FaceChoices({ name, face, percent, onFace, onFile }: FaceChoicesProps) {
  const samples = useSamples();
  return (
    <div className="face-choices">
      <label className="secondary file">
        {percent === null ? 'Choose a picture' : `Sending ${percent} %`}
        <input
          className="visually-hidden"
          type="file"
          aria-label={`Choose a picture for ${name}`}
          accept="image/jpeg,image/png,image/webp"
          disabled={percent !== null}
          onChange={(event) => {
            const file = event.target.files?.[0];
            event.target.value = '';
            if (file !== undefined) void onFile(file);
          }}
        />
      </label>
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
    </div>
  );
}
