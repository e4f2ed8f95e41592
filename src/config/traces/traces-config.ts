import type { Environment } from '../environment.ts';

/** What is recorded of requests as spans, and who hears of it. */
export interface TracesConfig {
  /** Whether spans are recorded and exported; how, the SDK reads from `OTEL_*` itself. */
  readonly isExported: boolean;
  /** Whether requests to AKOOL carry the trace that they belong to. */
  readonly isToldToAkool: boolean;
}

/** The only way of OTLP that is spoken. */
const PROTOCOL = 'http/protobuf';

/** The variables' part of it: OpenTelemetry's own words, taken as its specification has them. */
export function tracesConfigOf(values: Environment): TracesConfig {
  return {
    isExported: !isDisabled(values) && isWanted(values),
    isToldToAkool: values.TRACE_AKOOL === 'on',
  };
}

/** What is set for spans and cannot do what it is there for. */
export function warningsOfTraces(values: Environment): string[] {
  const { isExported, isToldToAkool } = tracesConfigOf(values);
  const protocol =
    values.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? values.OTEL_EXPORTER_OTLP_PROTOCOL ?? PROTOCOL;
  const others = exportersOf(values).filter((name) => name !== 'otlp' && name !== 'none');
  const remarks: readonly (readonly [boolean, string])[] = [
    [
      isToldToAkool && !isExported,
      'TRACE_AKOOL does nothing unless traces are exported: set OTEL_EXPORTER_OTLP_ENDPOINT.',
    ],
    [
      isExported && protocol !== PROTOCOL,
      `Traces are exported as ${PROTOCOL} alone: OTEL_EXPORTER_OTLP_PROTOCOL is ignored, and the endpoint must take that, usually at port 4318.`,
    ],
    [
      !isDisabled(values) && others.length > 0,
      'OTEL_TRACES_EXPORTER knows otlp and none here; the others are ignored.',
    ],
  ];
  return remarks.filter(([applies]) => applies).map(([, remark]) => remark);
}

function isWanted(values: Environment): boolean {
  const exporters = exportersOf(values);
  if (exporters.length > 0) return exporters.includes('otlp');
  return (
    values.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined ||
    values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT !== undefined
  );
}

function exportersOf({ OTEL_TRACES_EXPORTER: exporters }: Environment): readonly string[] {
  return exporters.map((name) => name.toLowerCase());
}

function isDisabled({ OTEL_SDK_DISABLED: disabled }: Environment): boolean {
  return disabled?.trim().toLowerCase() === 'true';
}
