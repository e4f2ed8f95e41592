import { createHash, randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';

const USAGE = `Usage: npm run caller-key   makes a caller key, and prints it and its digest once

  --help   prints this
`;

/** 32 random bytes: nobody guesses them. */
const KEY_BYTES = 32;

try {
  const { values } = parseArgs({ options: { help: { type: 'boolean' } } });
  process.stdout.write(values.help ? USAGE : newKey());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : 'wrong flags'}\n\n${USAGE}`);
  process.exitCode = 2;
}

/** What is printed of a key that nobody had before. */
function newKey(): string {
  const key = `hsg_${randomBytes(KEY_BYTES).toString('base64url')}`;
  const digest = createHash('sha256').update(key).digest('hex');
  return `A new caller key, shown once:

  ${key}

Give it to the caller, who sends it as x-api-key or as Authorization: Bearer.
Give its digest to the gateway, in CALLER_KEYS or in a team's callerKeys:

  sha256:${digest}
`;
}
