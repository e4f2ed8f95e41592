/**
 * What one operation may ask for, in one place. The caps on the document itself (tokens, aliases,
 * directives, root fields) are the server's, because they must hold before a schema is involved.
 */

/** How many entries a page of a list has when `first` is not given. */
export const DEFAULT_PAGE_SIZE = 20;

/** The most entries that one page of a list may have. A larger `first` is refused, not cut. */
export const MAX_PAGE_SIZE = 100;

/**
 * The most that one operation may cost. Every field costs 1, a page costs `first`, and what is
 * asked of an entry counts `first` times (`LIST_MULTIPLIER` times in a list without pages). For
 * scale: everything about 100 tasks costs 5,700; every task with everything in two default pages,
 * 20 under each of 20, costs 21,300; ten fields of 20 tasks under each of 100 analyses cost 26,500
 * and are refused, and so is 100 under each of 100, whatever is asked.
 */
export const MAX_COST = 25_000;

/**
 * How many entries a list without pages is taken to have: persons found in a video, mappings of a
 * task, issues of an input.
 */
export const LIST_MULTIPLIER = 5;

/**
 * The most levels of fields below the root. The deepest path that makes sense, from a list of
 * analyses down to a previewUrl inside a mapping of one of its tasks, has 9.
 */
export const MAX_DEPTH = 10;

/** Persons that AKOOL maps in one task. */
export const MAX_MAPPINGS = 5;

/** Characters of an idempotencyKey. */
export const MAX_KEY_LENGTH = 255;

/** Characters of an id. AKOOL's have 24; anything longer than this cannot be one. */
export const MAX_ID_LENGTH = 255;

/** Characters of a modelName. */
export const MAX_MODEL_NAME_LENGTH = 100;

/** Characters of a templateId. */
export const MAX_TEMPLATE_ID_LENGTH = 255;

/**
 * Characters of an error message that quotes what graphql-js said; it may quote the caller's input
 * at any length.
 */
export const MAX_QUOTED_MESSAGE_LENGTH = 500;

/**
 * Seconds that a caller is asked to wait while the store is away: about one restart of a database.
 */
export const STORE_RETRY_AFTER_SECONDS = 5;
