import { trace } from '@opentelemetry/api';

/* A plugin of an operator's that makes spans by OpenTelemetry's API alone. */
const tracer = trace.getTracer('plugin');

export default {
  onExecute({ executeFn, setExecuteFn }) {
    setExecuteFn((args) =>
      tracer.startActiveSpan('of a plugin', async (span) => {
        try {
          return await executeFn(args);
        } finally {
          span.end();
        }
      }),
    );
  },
};
