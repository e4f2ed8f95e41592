/** How long AKOOL must deny knowing a job without a break until it is believed, in milliseconds. */
export const DENIED_FOR_GOOD_MS = 60 * 60 * 1000;
