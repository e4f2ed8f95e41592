/**
 * The most characters of any URL: what callers send, what AKOOL sends and what is stored. Presigned
 * URLs with the security token of a role have two to three thousand; one beyond this is a mistake
 * and would only fill the database.
 */
export const LONGEST_URL = 8_192;
