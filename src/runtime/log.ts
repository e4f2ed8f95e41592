/** What a log line says beside its message. Never a key, a token or a raw upstream body. */
export type LogFields = Readonly<Record<string, unknown>>;

/** One structured log line per call. Implemented by pino in production. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}
