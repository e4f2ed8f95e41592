import { z } from 'zod';

/**
 * The variables of contract §3, one by one. Each says what would be right in its error message; how they depend on each other is
 * checked in config.ts. An empty value counts as not set.
 */

const text = z.string();
const flag = z
  .enum(['true', 'false'], { error: 'Either true or false.' })
  .transform((value) => value === 'true');

function whole(least: number, most: number, example: number): z.ZodType<number, string> {
  const error = `A whole number from ${least} to ${most}, as in ${example}.`;
  return text
    .regex(/^\d{1,15}$/, { error })
    .transform(Number)
    .refine((value) => value >= least && value <= most, { error });
}

/** An http or https base URL without credentials, query or fragment; kept without trailing slashes. */
function baseUrl(example: string): z.ZodType<string, string> {
  const error = `An absolute http or https URL without credentials, query or fragment, as in ${example}`;
  return text
    .refine((value) => isPlainHttpUrl(value), { error })
    .transform((value) => value.replace(/\/+$/, ''));
}

/** Whether a value can be a base URL: http or https, nothing after the path, no password. */
export function isPlainHttpUrl(value: string): boolean {
  return !/[?#]/.test(value) && isHttpUrl(value);
}

function isHttpUrl(value: string): boolean {
  if (!URL.canParse(value) || /\s/.test(value)) return false;
  const { protocol, username, password } = new URL(value);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

/** An HTTP header must be able to carry it. */
const secret = text.regex(/^[\x21-\x7e]+$/, {
  error: 'Printable ASCII without spaces, as copied from AKOOL.',
});

const list = text.transform((value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

const CALLER_KEY = /^(sha256:[0-9a-f]{64}|(?!sha256:)[\x21-\x7e]{16,})$/i;

/** Every variable by name; all optional here, with the contract's defaults. */
export const environment = z.object({
  PORT: whole(0, 65_535, 4000).default(4000),
  HOST: text
    .regex(/^[\w.:-]+$/, { error: 'A host name or address, as in 127.0.0.1.' })
    .default('127.0.0.1'),
  SANDBOX: flag.default(false),
  AKOOL_API_KEY: secret.optional(),
  AKOOL_API_KEY_PREVIOUS: secret.optional(),
  AKOOL_CLIENT_ID: secret.optional(),
  AKOOL_AUTH: z.enum(['key', 'token'], { error: 'Either key or token.' }).default('key'),
  AKOOL_BASE_URL: baseUrl('https://openapi.akool.com').default('https://openapi.akool.com'),
  PUBLIC_URL: baseUrl('https://gateway.example.com').optional(),
  DATABASE_URL: text
    .regex(/^(file:.+|postgres(ql)?:\/\/.+)/s, {
      error: 'file:<path> for embedded SQLite, as in file:./data/gateway.db, or a postgres:// URL.',
    })
    .default('file:./data/gateway.db'),
  PURCHASE_KEEP_DAYS: whole(1, 3650, 30).default(30),
  TEAMS_FILE: text.optional(),
  CALLER_KEYS: list
    .refine((keys) => keys.length > 0 && keys.every((key) => CALLER_KEY.test(key)), {
      error:
        'Comma-separated, each a key of at least 16 printable ASCII characters or sha256:<64 hexadecimal digits>; npm run caller-key makes one.',
    })
    .optional(),
  JWT_JWKS_URL: text
    .refine((value) => isHttpUrl(value), {
      error:
        'An absolute http or https URL without credentials, as in https://login.example.com/.well-known/jwks.json',
    })
    .optional(),
  JWT_ISSUER: text.optional(),
  JWT_AUDIENCE: text.optional(),
  JWT_TEAM_CLAIM: text.default('team'),
  ALLOWED_ORIGINS: list
    .refine((origins) => origins.every((origin) => isOrigin(origin)), {
      error:
        'Comma-separated origins without a path, as in https://app.example.com,http://localhost:5173',
    })
    // As browsers write them.
    .transform((origins) => origins.map((origin) => origin.toLowerCase()))
    .default([]),
  EXPLORER: flag.optional(),
  PERSISTED_ONLY: flag.default(false),
  POLL_MIN_MS: whole(1, 3_600_000, 2000).default(2000),
  POLL_MAX_MS: whole(1, 86_400_000, 30_000).default(30_000),
  POLL_BUDGET_PER_SECOND: whole(1, 10_000, 20).default(20),
  UPSTREAM_TIMEOUT_MS: whole(1, 120_000, 10_000).default(10_000),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'One of fatal, error, warn, info, debug, trace, silent.',
    })
    .default('info'),
  NODE_ENV: text.optional(),
});

/** The variables, parsed. */
export type Environment = z.infer<typeof environment>;

function isOrigin(value: string): boolean {
  return URL.canParse(value) && new URL(value).origin === value.toLowerCase();
}
