/** Says in one line what is wrong with the command line. */
export class FlagError extends Error {
  override readonly name = 'FlagError';
}

/** What Node makes of the command line. Throws FlagError for what it cannot read. */
export function orFlagError<Parsed>(parse: () => Parsed): Parsed {
  try {
    return parse();
  } catch (error) {
    throw new FlagError(error instanceof Error ? error.message : 'wrong flags');
  }
}
