/** Waits for nothing, and remembers for how long it would have waited. */
export function impatientClock() {
  const waits: number[] = [];
  const clock = {
    after(milliseconds: number, callBack: () => void) {
      waits.push(milliseconds);
      const immediate = setImmediate(callBack);
      return () => clearImmediate(immediate);
    },
  };
  return { clock, waits };
}
