import {
  WatchHeadSwapTaskDocument,
  type WatchHeadSwapTaskSubscription,
} from 'head-swap-client/operations';

type State = WatchHeadSwapTaskSubscription['headSwapTaskStatusChanged'];

/** Watches a task with the browser's own EventSource; what it returns ends the watch. */
export function watchWithEventSource(
  url: string,
  id: string,
  show: (state: State) => void,
): () => void {
  const parameters = new URLSearchParams({
    query: WatchHeadSwapTaskDocument.toString(),
    variables: JSON.stringify({ id }),
  });
  const source = new EventSource(`${url}?${parameters.toString()}`);
  source.addEventListener('next', ({ data }: MessageEvent<string>) => {
    const answer: { data?: WatchHeadSwapTaskSubscription | null } = JSON.parse(data);
    if (answer.data) show(answer.data.headSwapTaskStatusChanged);
  });
  // Without this the browser asks once more, and is told that all was seen.
  source.addEventListener('complete', () => source.close());
  return () => source.close();
}
