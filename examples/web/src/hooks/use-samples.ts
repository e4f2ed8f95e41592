import { useEffect, useState } from 'react';
import { samples, type Samples } from '../client/samples.ts';

/** Null: there are none, or they are not known yet. */
export function useSamples(): Samples | null {
  const [known, setKnown] = useState<Samples | null>(null);
  useEffect(() => {
    void samples.then(setKnown);
  }, []);
  return known;
}
