/**
 * What `parse` makes of a script's flags, which know `--help`. Asked for it, prints the usage and
 * ends the process; so does a flag that there is not, with 2.
 */
export function flagsOf<Flags extends { readonly values: { readonly help?: boolean } }>(
  usage: string,
  parse: () => Flags,
): Flags {
  const flags = parsed(usage, parse);
  if (flags.values.help === true) {
    process.stdout.write(usage);
    process.exit(0);
  }
  return flags;
}

function parsed<Flags>(usage: string, parse: () => Flags): Flags {
  try {
    return parse();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'wrong flags'}\n\n${usage}`);
    process.exit(2);
  }
}
