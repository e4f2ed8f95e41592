import { useEffect, useRef } from 'react';
import { hrefOf } from '../hooks/use-route.ts';
import type { PurchaseProblem } from '../hooks/purchase-problem.ts';
import { Notice } from './notice.tsx';

interface PurchaseNoticeProps {
  readonly problem: PurchaseProblem;
  readonly earlierTask: string | null;
  readonly onBuyAnother: () => void;
}

/** Why there is no video yet, and the ways on. */
export function PurchaseNotice({ problem, earlierTask, onBuyAnother }: PurchaseNoticeProps) {
  const notice = useRef<HTMLDivElement>(null);
  // It may be below the screen, and the press that it answers seem to do nothing.
  useEffect(() => {
    notice.current?.scrollIntoView({ block: 'nearest' });
  }, [problem]);
  return (
    <div className="purchase-notice" ref={notice}>
      <Notice tone={problem.kind === 'refused' ? 'error' : 'warning'} title={problem.title}>
        {problem.lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
        {problem.kind === 'bought-earlier' && earlierTask !== null && (
          <p className="notice-ways">
            <a className="secondary" href={hrefOf({ page: 'task', id: earlierTask })}>
              Watch the earlier video
            </a>
            <button className="secondary" type="button" onClick={onBuyAnother}>
              Buy this one too
            </button>
          </p>
        )}
      </Notice>
    </div>
  );
}
