import { useEffect, useState } from 'react';
import { Notice } from './notice.tsx';

interface JobTroublesProps {
  readonly overdueSince: string | null;
  readonly supportId: string | null;
  readonly progress: number;
}

const SLOW_AFTER_MS = 30_000;

/** Honest words while it takes longer than one would think. */
export function JobTroubles({ overdueSince, supportId, progress }: JobTroublesProps) {
  const [slowAt, setSlowAt] = useState<number | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setSlowAt(progress), SLOW_AFTER_MS);
    return () => clearTimeout(timer);
  }, [progress]);

  if (overdueSince !== null) {
    return (
      <Notice tone="warning" title="This is overdue">
        <p>
          It should have ended by now; we keep following it. Do not buy it again: that would be a
          second purchase.
          {supportId !== null && (
            <>
              {' '}
              Support can look it up by <code>{supportId}</code>.
            </>
          )}
        </p>
      </Notice>
    );
  }
  if (slowAt !== progress) return null;
  return (
    <Notice tone="info" title="Taking longer than usual">
      <p>Nothing is lost. You can close this page and come back to it later.</p>
    </Notice>
  );
}
