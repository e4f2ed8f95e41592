/**
 * Sending must begin within this long of the record saying that it may. A process that stood still
 * for longer has lost its key: others took it for dead, and an operator may have freed the key for
 * another create.
 */
export const SEND_WITHIN_MS = 60_000;

/**
 * How long the answer to a create is listened for, from the first byte sent to the last one
 * received.
 */
export const ANSWER_WITHIN_MS = 120_000;

/**
 * After this long since its record said that it may be sent, a request is over, however long its
 * process stood still.
 */
export const OVER_AFTER_MS = SEND_WITHIN_MS + ANSWER_WITHIN_MS;
