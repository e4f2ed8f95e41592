import { askOverFetch } from 'head-swap-client/ask';
import { upload } from 'head-swap-client/upload';

/** Sends a video that the user chose; what submitAnalysis takes as its videoUrl. */
export async function sendVideo(
  gateway: { url: string; headers: () => Promise<Record<string, string>> },
  file: Blob,
  show: (fraction: number) => void,
): Promise<string> {
  const result = await upload({
    ask: askOverFetch(gateway),
    file,
    purpose: 'VIDEO',
    onProgress: (sent, total) => show(sent / total),
  });
  if (result.__typename !== 'Upload') throw new Error(result.message);
  if (result.url === null) throw new Error(result.problem ?? 'It came too late. Send it again.');
  return result.url;
}
