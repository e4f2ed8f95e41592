import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/mistakes.ts';

const isExported = (env: Record<string, string>): boolean => readConfig(env).traces.isExported;

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' };

describe('traces', () => {
  it('are exported where OpenTelemetry’s own variables ask for it', () => {
    expect(isExported({})).toBe(false);
    expect(isExported({ OTEL_SERVICE_NAME: 'gateway' })).toBe(false);
    expect(isExported(ENDPOINT)).toBe(true);
    const ofTraces = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://otlp.example.com/v1/traces' };
    expect(isExported(ofTraces)).toBe(true);
    expect(isExported({ OTEL_TRACES_EXPORTER: 'otlp' })).toBe(true);
  });

  it('are not where one of them says no', () => {
    expect(isExported({ ...ENDPOINT, OTEL_SDK_DISABLED: 'TRUE' })).toBe(false);
    expect(isExported({ ...ENDPOINT, OTEL_SDK_DISABLED: 'false' })).toBe(true);
    expect(isExported({ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' })).toBe(false);
    expect(isExported({ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'console' })).toBe(false);
  });

  it('are told to AKOOL only where that is asked for', () => {
    expect(readConfig(ENDPOINT).traces.isToldToAkool).toBe(false);
    expect(readConfig({ ...ENDPOINT, TRACE_AKOOL: 'on' }).traces.isToldToAkool).toBe(true);
  });

  it('need an endpoint that is a URL', () => {
    const wrong = { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' };
    expect(() => readConfig(wrong)).toThrow(ConfigError);
    expect(() => readConfig(wrong)).toThrow('as in http://localhost:4318');
  });

  it('warn of what does nothing', () => {
    const warned = (env: Record<string, string>) => readConfig(env).warnings.join('\n');
    expect(warned(ENDPOINT)).toBe('');
    expect(warned({ TRACE_AKOOL: 'on' })).toContain('TRACE_AKOOL does nothing');
    expect(warned({ ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })).toContain('http/protobuf');
    const own = { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf' };
    expect(warned({ ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', ...own })).toBe('');
    expect(warned({ OTEL_TRACES_EXPORTER: 'otlp,console' })).toContain('the others are ignored');
  });
});
