import { useState } from 'react';
import type { TaskPartsFragment } from '../client/generated/graphql.ts';
import { useStoredOutput } from '../hooks/use-stored-output.ts';
import { Notice } from './notice.tsx';

export function Output({ task }: { readonly task: TaskPartsFragment }) {
  const { storedOutput, outputUrl, fileName } = useStoredOutput(task);
  const url = storedOutput?.url ?? outputUrl;
  // A player that is swapped under the viewer begins anew, so it keeps its first source.
  const [playing] = useState(url);
  const [isBroken, setIsBroken] = useState(false);
  const source = isBroken ? url : (playing ?? url);

  if (source === null) {
    return <Notice tone="warning" title="The video is no longer there" />;
  }
  return (
    <>
      <video
        className="player"
        src={source}
        controls
        playsInline
        preload="auto"
        aria-label="Your video"
        onError={() => setIsBroken(true)}
      />
      {isBroken && source === playing && (
        <Notice tone="warning" title="It cannot be played here">
          <p>Download it instead.</p>
        </Notice>
      )}
      <a className="primary large" href={url ?? source} download={fileName ?? 'recast.mp4'}>
        Download video
      </a>
      {storedOutput?.status === 'PENDING' && (
        <p className="hint" role="status">
          Saving a copy for later…
        </p>
      )}
    </>
  );
}
