/**
 * The function, run once for those who ask for the same at the same time: calls of one name join
 * the run under way.
 */
export function singleFlight<Argument, Result>(
  run: (argument: Argument) => Promise<Result>,
  nameOf: (argument: Argument) => string,
): (argument: Argument) => Promise<Result> {
  const underWay = new Map<string, Promise<Result>>();
  return (argument) => {
    const name = nameOf(argument);
    const running = underWay.get(name);
    if (running !== undefined) return running;
    const started = run(argument).finally(() => underWay.delete(name));
    underWay.set(name, started);
    return started;
  };
}
