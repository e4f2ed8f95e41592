/** What a migration reads from end to end: once, to fill what is asked by an index from then on. */
export const FILLS_A_TABLE = /^\s*insert into media_upload_use\b.* from job\b/s;
