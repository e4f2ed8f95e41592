import { useEffect, useState, type MouseEvent } from 'react';

interface DownloadButtonProps {
  readonly url: string;
  readonly fileName: string;
  /** Whether this page may read it. What it may not, the browser opens in place of saving it. */
  readonly isReadable: boolean;
  /** A copy that it may read is still to come. */
  readonly isPending: boolean;
}

type State = 'idle' | 'waiting' | 'saving' | 'refused';

/** Saves the video under its name. A link, so that it can also be opened or copied. */
export function DownloadButton({ url, fileName, isReadable, isPending }: DownloadButtonProps) {
  const [state, setState] = useState<State>('idle');

  useEffect(() => {
    if (state !== 'waiting' || (isPending && !isReadable)) return;
    if (!isReadable) return setState('refused');
    setState('saving');
    save(url, fileName).then(
      () => setState('idle'),
      () => setState('refused'),
    );
  }, [state, isReadable, isPending, url, fileName]);

  const onClick = (event: MouseEvent): void => {
    // After a refusal the browser may do what it does with a link.
    if (state === 'refused') return;
    event.preventDefault();
    if (state === 'idle') setState('waiting');
  };

  return (
    <div className="download">
      <a
        className="primary large"
        href={url}
        download={fileName}
        target="_blank"
        rel="noopener"
        onClick={onClick}
      >
        {WORDS[state]}
      </a>
      <p className="hint" role="status">
        {state === 'refused' && 'It could not be saved from here. Open it, and save it there.'}
      </p>
    </div>
  );
}

const WORDS: Readonly<Record<State, string>> = {
  idle: 'Download video',
  waiting: 'Preparing…',
  saving: 'Downloading…',
  refused: 'Open video in a new tab',
};

async function save(url: string, fileName: string): Promise<void> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  const href = URL.createObjectURL(await response.blob());
  Object.assign(document.createElement('a'), { href, download: fileName }).click();
  // The browser has it by then; at once would be too soon for some.
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
