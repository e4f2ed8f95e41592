import { z } from 'zod';
import { parseMediaUrl } from './media/media-location.ts';
import { origins } from './origins.ts';
import {
  baseUrl,
  callerKeys,
  exactText,
  flag,
  holdsEndpoint,
  isHttpUrl,
  list,
  namesHost,
  proxyUrl,
  secret,
  text,
  whole,
} from './value-schemas.ts';

/**
 * The variables one by one. Each says what would be right in its error message; how they depend on
 * each other is checked in config.ts. An empty value counts as not set.
 */

const mediaUrl = text.transform((value, context) => {
  const location = parseMediaUrl(value);
  if (typeof location !== 'string') return location;
  context.addIssue({
    code: 'custom',
    message: `${location} As in file:./data/media or s3://bucket/prefix?region=eu-central-1.`,
  });
  return z.NEVER;
});

const otlpEndpoint = text.refine((value) => namesHost(value), {
  error: 'An absolute http or https URL, as in http://localhost:4318.',
});

/** Every variable by name; all optional here. */
export const environment = z.object({
  PORT: whole(0, 65_535, 4000).default(4000),
  HOST: text
    .refine((value) => /^[\w-]+(\.[\w-]+)*\.?$/.test(value) || z.ipv6().safeParse(value).success, {
      error: 'A host name or address without a port, which is PORT, as in 127.0.0.1.',
    })
    .default('127.0.0.1'),
  SANDBOX: flag.default(false),
  AKOOL_API_KEY: secret.optional(),
  AKOOL_API_KEY_PREVIOUS: secret.optional(),
  AKOOL_CLIENT_ID: secret.optional(),
  AKOOL_AUTH: z.enum(['key', 'token'], { error: 'Either key or token.' }).default('key'),
  AKOOL_BASE_URL: baseUrl('https://openapi.akool.com')
    .refine((value) => !holdsEndpoint(value), {
      error:
        'Without /api/open and what comes behind it, which is added to it, as in https://openapi.akool.com',
    })
    .default('https://openapi.akool.com'),
  AKOOL_1015: z
    .enum(['refused', 'unknown'], { error: 'Either refused or unknown.' })
    .default('refused'),
  AKOOL_PROXY: proxyUrl.optional(),
  HTTPS_PROXY: proxyUrl.optional(),
  HTTP_PROXY: proxyUrl.optional(),
  NO_PROXY: text.optional(),
  PUBLIC_URL: baseUrl('https://gateway.example.com').optional(),
  DATABASE_URL: text
    .regex(/^(file:.+|postgres(ql)?:\/\/.+)/s, {
      error: 'file:<path> for embedded SQLite, as in file:./data/gateway.db, or a postgres:// URL.',
    })
    .refine((value) => !/^postgres(ql)?:\/\/([^/?#]*@)?[^/?#@]*,[^/?#@]*([/?#]|$)/.test(value), {
      error: 'One host: a pooler or a name that leads to the primary stands before several.',
    })
    .default('file:./data/gateway.db'),
  PURCHASE_KEEP_DAYS: whole(1, 3650, 30).default(30),
  TEAMS_FILE: text.optional(),
  CALLER_KEYS: callerKeys.optional(),
  JWT_JWKS_URL: text
    .refine((value) => isHttpUrl(value), {
      error:
        'An absolute http or https URL without credentials, as in https://login.example.com/.well-known/jwks.json',
    })
    .optional(),
  JWT_ISSUER: exactText.optional(),
  JWT_AUDIENCE: exactText.optional(),
  JWT_TEAM_CLAIM: exactText.default('team'),
  ALLOWED_ORIGINS: origins.default([]),
  EXPLORER: flag.optional(),
  PERSISTED_ONLY: flag.default(false),
  FEDERATION: z.enum(['on', 'off'], { error: 'Either on or off.' }).default('off'),
  GATEWAY_PLUGINS: list.default([]),
  POLL_MIN_MS: whole(1, 3_600_000, 2000).default(2000),
  POLL_MAX_MS: whole(1, 86_400_000, 30_000).default(30_000),
  POLL_BUDGET_PER_SECOND: whole(1, 10_000, 20).default(20),
  UPSTREAM_TIMEOUT_MS: whole(1, 120_000, 10_000).default(10_000),
  MEDIA_URL: mediaUrl.optional(),
  ARCHIVE: z.enum(['on', 'off'], { error: 'Either on or off.' }).default('on'),
  MEDIA_KEEP_DAYS: whole(1, 3650, 30).optional(),
  MEDIA_SIGNING_KEY: exactText
    .refine((value) => value.length >= 32, {
      error:
        'At least 32 characters that nobody can guess, as openssl rand -base64 32 prints them.',
    })
    .optional(),
  MEDIA_QUOTA_MB: whole(1, 1_000_000_000, 10_000).optional(),
  AWS_ACCESS_KEY_ID: exactText.optional(),
  AWS_SECRET_ACCESS_KEY: exactText.optional(),
  AWS_SESSION_TOKEN: exactText.optional(),
  METRICS_TOKEN: text
    .regex(/^[\x21-\x7e]{16,}$/, {
      error:
        'At least 16 printable ASCII characters without spaces, as openssl rand -hex 16 prints them.',
    })
    .optional(),
  METRICS_PORT: whole(0, 65_535, 9464).optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: otlpEndpoint.optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: text.optional(),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: text.optional(),
  OTEL_TRACES_EXPORTER: list.default([]),
  OTEL_SDK_DISABLED: text.optional(),
  TRACE_AKOOL: z.enum(['on', 'off'], { error: 'Either on or off.' }).default('off'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'One of fatal, error, warn, info, debug, trace, silent.',
    })
    .default('info'),
  NODE_ENV: text.optional(),
});

/** The variables, parsed. */
export type Environment = z.infer<typeof environment>;
