import { useState } from 'react';
import type { TaskPartsFragment } from '../client/generated/graphql.ts';
import { useStoredOutput } from '../hooks/use-stored-output.ts';
import { DownloadButton } from './download-button.tsx';
import { Notice } from './notice.tsx';

export function Output({ task }: { readonly task: TaskPartsFragment }) {
  const { task: latest, isPending } = useStoredOutput(task);
  const { storedOutput, outputUrl, fileName } = latest;
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
      <DownloadButton
        url={url ?? source}
        fileName={fileName ?? 'recast.mp4'}
        isReadable={storedOutput?.url != null}
        isPending={isPending}
      />
    </>
  );
}
