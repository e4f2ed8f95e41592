import { ExportResultCode } from '@opentelemetry/core';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';

/** An exporter that also says how each export went: null, or in a word why it failed. */
export function tellingExporter(
  exporter: SpanExporter,
  tell: (failure: string | null) => void,
): SpanExporter {
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        tell(result.code === ExportResultCode.SUCCESS ? null : reasonOf(result.error));
        done(result);
      });
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}

/**
 * The code of the network, or the status of an answer; a message may hold the collector's words.
 */
function reasonOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' || typeof code === 'number' ? String(code) : 'no usable answer';
}
