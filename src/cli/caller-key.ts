import { createHash, randomBytes } from 'node:crypto';

/** 32 random bytes: nobody guesses them. */
const KEY_BYTES = 32;

const key = `hsg_${randomBytes(KEY_BYTES).toString('base64url')}`;
const digest = createHash('sha256').update(key).digest('hex');

process.stdout.write(`A new caller key, shown once:

  ${key}

Give it to the caller, who sends it as x-api-key or as Authorization: Bearer.
Give its digest to the gateway, in CALLER_KEYS or in a team's callerKeys:

  sha256:${digest}
`);
