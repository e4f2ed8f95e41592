/** What SQLite keeps beside a database, and would take for a part of whatever has its name. */
export const SIDE_FILES = ['-wal', '-shm', '-journal'] as const;
