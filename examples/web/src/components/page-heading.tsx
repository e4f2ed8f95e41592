import { useEffect, useRef, type ReactNode } from 'react';

interface PageHeadingProps {
  readonly step: number;
  readonly children: string;
  readonly intro?: ReactNode;
}

const STEPS = ['Video', 'Faces', 'Result'];

/** Takes the focus when the page changes, so that keyboard, screen reader and eyes go on from there. */
export function PageHeading({ step, children, intro }: PageHeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // The browser keeps the place of the page before, as only the hash has changed.
    scrollTo(0, 0);
    heading.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    document.title = `${children} · Recast`;
  }, [children]);
  return (
    <header className="page-heading">
      <ol className="steps" aria-label="Steps">
        {STEPS.map((name, index) => (
          <li key={name} aria-current={index + 1 === step ? 'step' : undefined}>
            {name}
          </li>
        ))}
      </ol>
      <h1 ref={heading} tabIndex={-1}>
        {children}
      </h1>
      {intro !== undefined && <p className="intro">{intro}</p>}
    </header>
  );
}
