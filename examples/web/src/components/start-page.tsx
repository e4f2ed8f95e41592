import { useState, type FormEvent } from 'react';
import { useMutation } from 'urql';
import { SubmitAnalysisDocument } from 'head-swap-client/documents';
import { useSamples } from '../hooks/use-samples.ts';
import { useUpload } from '../hooks/use-upload.ts';
import { go } from '../hooks/use-route.ts';
import { DropZone } from './drop-zone.tsx';
import { Notice } from './notice.tsx';
import { PageHeading } from './page-heading.tsx';
import { Progress } from './progress.tsx';

export function StartPage() {
  const [url, setUrl] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [{ fetching }, submit] = useMutation(SubmitAnalysisDocument);
  const video = useUpload('VIDEO');
  const samples = useSamples();
  const isBusy = fetching || video.percent !== null;

  const analyse = async (videoUrl: string): Promise<void> => {
    setProblem(null);
    const { data, error } = await submit({ input: { videoUrl } });
    const result = data?.submitAnalysis;
    if (result?.__typename === 'Analysis') go({ page: 'analysis', id: result.id });
    else if (result == null) {
      const words = error?.graphQLErrors[0]?.message;
      setProblem(words ?? 'The server cannot be reached. Check your connection and try again.');
    } else if ('issues' in result) {
      setProblem(result.issues.map(({ message }) => message).join(' '));
    } else setProblem(result.message);
  };

  const onFile = async (file: File): Promise<void> => {
    setProblem(null);
    const videoUrl = await video.send(file);
    if (videoUrl !== null) await analyse(videoUrl);
  };

  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (isBusy) return;
    if (url.trim() === '') setProblem('Enter the address of a video.');
    else void analyse(url.trim());
  };

  const words = problem ?? video.problem;
  return (
    <>
      <PageHeading
        step={1}
        intro="A few seconds with people in them are enough. Looking for the people costs nothing."
      >
        Start with a video
      </PageHeading>
      {video.percent === null ? (
        <DropZone isDisabled={isBusy} onFile={(file) => void onFile(file)} />
      ) : (
        <div className="card">
          <Progress label="Sending your video" value={video.percent} />
          <button className="secondary" type="button" onClick={video.cancel}>
            Cancel
          </button>
        </div>
      )}
      <form className="url-form" onSubmit={onSubmit} noValidate>
        <label htmlFor="video-url">Or paste the address of a video</label>
        <div className="url-row">
          <input
            id="video-url"
            type="url"
            inputMode="url"
            autoComplete="off"
            spellCheck={false}
            placeholder="https://…"
            value={url}
            aria-invalid={problem !== null}
            aria-describedby={words === null ? undefined : 'video-problem'}
            onChange={(event) => setUrl(event.target.value)}
          />
          <button className="primary" type="submit" disabled={isBusy}>
            {fetching ? 'Starting…' : 'Find people'}
          </button>
        </div>
        {samples !== null && (
          <button className="link" type="button" onClick={() => setUrl(samples.video)}>
            Use a sample video
          </button>
        )}
      </form>
      {words !== null && (
        <div id="video-problem">
          <Notice tone="error" title="This video did not work">
            <p>{words}</p>
          </Notice>
        </div>
      )}
    </>
  );
}
