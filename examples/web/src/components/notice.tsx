import type { ReactNode } from 'react';

interface NoticeProps {
  readonly tone: 'error' | 'warning' | 'info';
  readonly title: string;
  readonly children?: ReactNode;
}

/** Something to know. An error is read out at once. */
export function Notice({ tone, title, children }: NoticeProps) {
  return (
    <div className={`notice notice-${tone}`} role={tone === 'error' ? 'alert' : 'status'}>
      <p className="notice-title">{title}</p>
      {children}
    </div>
  );
}
