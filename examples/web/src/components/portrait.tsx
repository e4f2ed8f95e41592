import { useState } from 'react';

interface PortraitProps {
  /** Null, or a picture that does not load: a silhouette takes its place. */
  readonly src: string | null;
  /** Empty where the text beside it says it all. */
  readonly alt: string;
  readonly onState?: (isShown: boolean) => void;
}

/** A face in a square. Mount it with the source as the key, so that a new one gets a new try. */
export function Portrait({ src, alt, onState }: PortraitProps) {
  const [isBroken, setIsBroken] = useState(false);
  if (src === null || isBroken) {
    return (
      <svg className="portrait" viewBox="0 0 48 48" aria-hidden="true">
        <circle cx="24" cy="19" r="8.5" />
        <path d="M8 48c0-11 7-16.5 16-16.5S40 37 40 48z" />
      </svg>
    );
  }
  return (
    <img
      className="portrait"
      src={src}
      alt={alt}
      onLoad={() => onState?.(true)}
      onError={() => {
        setIsBroken(true);
        onState?.(false);
      }}
    />
  );
}
