import { useEffect, useRef, useState } from 'react';
import { upload, UploadError } from 'head-swap-client/upload';
import { ask } from '../client/gateway.ts';

export interface UploadState {
  /** 0 to 100; null: none is under way. */
  readonly percent: number | null;
  readonly problem: string | null;
  /** Sends the file; resolves to the URL for AKOOL, or null where it was cancelled or `problem` tells why not. */
  send(file: File): Promise<string | null>;
  cancel(): void;
}

/** One upload at a time. It ends when the page is left. */
export function useUpload(purpose: 'VIDEO' | 'FACE'): UploadState {
  const [percent, setPercent] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const leaving = useRef<AbortController | null>(null);
  useEffect(() => () => leaving.current?.abort(), []);

  const send = async (file: File): Promise<string | null> => {
    const { signal } = (leaving.current = new AbortController());
    setProblem(null);
    setPercent(0);
    try {
      const result = await upload({
        ask,
        file,
        purpose,
        signal,
        onProgress: (sent, total) => setPercent(Math.round((sent / Math.max(total, 1)) * 100)),
      });
      if (result.__typename === 'Upload') {
        if (result.status === 'READY' && result.url !== null) return result.url;
        setProblem(result.problem ?? 'This file cannot be used.');
      } else if ('issues' in result) {
        setProblem(result.issues.map(({ message }) => message).join(' '));
      } else {
        setProblem(result.message);
      }
    } catch (error) {
      if (signal.aborted) return null;
      setProblem(
        error instanceof UploadError && error.status > 0
          ? error.message
          : 'The file could not be sent. Check your connection and try again.',
      );
    } finally {
      setPercent(null);
    }
    return null;
  };

  return { percent, problem, send, cancel: () => leaving.current?.abort() };
}
