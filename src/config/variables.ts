import type { Environment } from './environment.ts';

/** What belongs together in the documentation, in this order. */
export const VARIABLE_GROUPS = {
  listening: 'Where it listens',
  akool: 'The AKOOL account',
  callers: 'Who may call',
  storage: 'What it stores',
  media: 'Files in and out',
  answers: 'What callers may see and send',
  pace: 'How it asks AKOOL',
  operating: 'Logs, figures and traces',
} as const;

/** What a variable is for. */
export interface VariableAbout {
  readonly group: keyof typeof VARIABLE_GROUPS;
  /** Markdown, for operators. */
  readonly meaning: string;
  /** A value as somebody would write it; empty: it is a secret, or there is nothing to copy. */
  readonly example: string;
}

/** What every variable is for. The documentation and `.env.example` are printed from it. */
export const VARIABLES: Readonly<Record<keyof Environment, VariableAbout>> = {
  HOST: {
    group: 'listening',
    meaning:
      'Where to listen. Beyond loopback callers must need a credential, or the gateway refuses to start.',
    example: '127.0.0.1',
  },
  PORT: {
    group: 'listening',
    meaning: 'Where to listen. `0` picks a free port and prints it.',
    example: '4000',
  },
  PUBLIC_URL: {
    group: 'listening',
    meaning: 'How AKOOL reaches this gateway, for webhooks. Use https.',
    example: 'https://gateway.example.com',
  },
  AKOOL_API_KEY: {
    group: 'akool',
    meaning:
      "The account's key, also AKOOL's clientSecret. Not set: the sandbox. With `PUBLIC_URL`, callers' credentials, a `HOST` beyond loopback or `NODE_ENV=production` it is needed.",
    example: '',
  },
  AKOOL_API_KEY_PREVIOUS: {
    group: 'akool',
    meaning: 'The key before it, still good for opening webhooks while keys rotate.',
    example: '',
  },
  AKOOL_CLIENT_ID: {
    group: 'akool',
    meaning: 'Needed for webhooks. Alone it changes nothing.',
    example: '',
  },
  AKOOL_AUTH: {
    group: 'akool',
    meaning:
      'How requests sign in: `key` sends the key, `token` a bearer token made from client id and key.',
    example: 'key',
  },
  AKOOL_BASE_URL: {
    group: 'akool',
    meaning: 'May carry a path, which stands before `/api/open/…`.',
    example: 'https://openapi.akool.com',
  },
  AKOOL_1015: {
    group: 'akool',
    meaning:
      "What a create that AKOOL answered with code 1015, and no job, is taken for: `refused` frees the key and passes on AKOOL's words, `unknown` holds the key until the outcome is settled. [Why](akool-api.md#why-1015-counts-as-a-refusal).",
    example: 'refused',
  },
  SANDBOX: {
    group: 'akool',
    meaning: '`true`: the sandbox, also where a key would be needed.',
    example: 'false',
  },
  CALLER_KEYS: {
    group: 'callers',
    meaning:
      'Comma-separated, each a key that callers present, or its `sha256:<hex>`. `npm run caller-key` makes one.',
    example: 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  },
  TEAMS_FILE: {
    group: 'callers',
    meaning:
      'A JSON file with several teams, each with an AKOOL account. Replaces the `AKOOL_*` variables but `AKOOL_BASE_URL`, and `CALLER_KEYS`.',
    example: './teams.json',
  },
  JWT_JWKS_URL: {
    group: 'callers',
    meaning: 'Callers may present a JWT; its keys are here. Comes with the next two.',
    example: 'https://login.example.com/.well-known/jwks.json',
  },
  JWT_ISSUER: {
    group: 'callers',
    meaning: 'The `iss` that it must have.',
    example: 'https://login.example.com/',
  },
  JWT_AUDIENCE: {
    group: 'callers',
    meaning: 'The `aud` that it must have.',
    example: 'head-swap',
  },
  JWT_TEAM_CLAIM: {
    group: 'callers',
    meaning: "With `TEAMS_FILE`: the claim that names the caller's team.",
    example: 'team',
  },
  ALLOWED_ORIGINS: {
    group: 'callers',
    meaning:
      "Comma-separated origins of other sites, or of apps' web views, whose pages may call, over HTTP and WebSocket. No wildcards. The gateway's own origin, and clients that send none, always may.",
    example: 'https://app.example.com,http://localhost:5173,capacitor://localhost',
  },
  DATABASE_URL: {
    group: 'storage',
    meaning:
      '`file:` and a path: embedded SQLite. `postgres://…`: several instances; without `sslmode` it is not encrypted.',
    example: 'file:./data/gateway.db',
  },
  PURCHASE_KEEP_DAYS: {
    group: 'storage',
    meaning:
      'How long an idempotency key is remembered. One whose outcome is unknown is remembered until it is settled.',
    example: '30',
  },
  MEDIA_URL: {
    group: 'media',
    meaning:
      'Where uploads and copies of outputs live: `file:` and a folder for one instance, `s3://bucket/prefix?region=…&endpoint=…&forcePathStyle=…` for any number. Not set: the folder `media` beside the SQLite file, so `file:./data/media`; with Postgres no files are kept.',
    example: 'file:./data/media',
  },
  ARCHIVE: {
    group: 'media',
    meaning:
      '`on`: the output of every finished task, and the previews of every finished analysis, are copied before their URLs expire. `off`: they are not; what was copied stays, for as long as `MEDIA_KEEP_DAYS` says.',
    example: 'on',
  },
  MEDIA_KEEP_DAYS: {
    group: 'media',
    meaning: 'Copies are deleted after so many days. Not set: never.',
    example: '90',
  },
  MEDIA_SIGNING_KEY: {
    group: 'media',
    meaning:
      'What signs links to files; another key ends every link at once. Not set: made once, and kept in the database.',
    example: '',
  },
  MEDIA_QUOTA_MB: {
    group: 'media',
    meaning:
      'How many megabytes of files a team may have; beyond it uploads are refused, and copies wait. Not set: no bound.',
    example: '10000',
  },
  AWS_ACCESS_KEY_ID: {
    group: 'media',
    meaning: 'Opens the bucket, with the next. Not set: as the AWS SDK finds credentials.',
    example: '',
  },
  AWS_SECRET_ACCESS_KEY: {
    group: 'media',
    meaning: 'Opens the bucket.',
    example: '',
  },
  AWS_SESSION_TOKEN: {
    group: 'media',
    meaning: 'Where the two above are temporary.',
    example: '',
  },
  EXPLORER: {
    group: 'answers',
    meaning:
      "GraphiQL, introspection and suggestions. Not set: on when listening on loopback without callers' credentials, else off.",
    example: 'true',
  },
  PERSISTED_ONLY: {
    group: 'answers',
    meaning:
      '`true`: only the operations of `schema/persisted-operations.json`; the explorer is then of little use.',
    example: 'false',
  },
  FEDERATION: {
    group: 'answers',
    meaning: '`on`: a subgraph of Apollo Federation 2; see [federation](federation.md).',
    example: 'off',
  },
  GATEWAY_PLUGINS: {
    group: 'answers',
    meaning:
      'Comma-separated modules, files or packages, whose default export is an Envelop or Yoga plugin, or a list of them. See [plugins](plugins.md).',
    example: './examples/plugins/count-operations.mjs',
  },
  AKOOL_PROXY: {
    group: 'pace',
    meaning:
      "A forward proxy, http or https, perhaps with user and password, for whatever the gateway asks: AKOOL, files that are [copied](media.md), and the JWTs' keys. Wins over the next two, and on the way to AKOOL over `NO_PROXY`.",
    example: 'http://proxy.example.com:3128',
  },
  HTTPS_PROXY: {
    group: 'pace',
    meaning: 'A forward proxy for what is asked over https. Also in lower case.',
    example: 'http://proxy.example.com:3128',
  },
  HTTP_PROXY: {
    group: 'pace',
    meaning: 'The same for http. Also in lower case.',
    example: 'http://proxy.example.com:3128',
  },
  NO_PROXY: {
    group: 'pace',
    meaning:
      'What is asked without a proxy: comma-separated host names, each with its subdomains, perhaps with a port; `*` is everything. Also in lower case.',
    example: 'login.example.com,.internal',
  },
  POLL_MIN_MS: {
    group: 'pace',
    meaning: 'The shortest time between two reads of a job.',
    example: '2000',
  },
  POLL_MAX_MS: {
    group: 'pace',
    meaning: 'The longest.',
    example: '30000',
  },
  POLL_BUDGET_PER_SECOND: {
    group: 'pace',
    meaning: 'Reads a second per AKOOL account.',
    example: '20',
  },
  UPSTREAM_TIMEOUT_MS: {
    group: 'pace',
    meaning:
      "How long a read of AKOOL's may take, and how long a mutation waits before it answers OutcomeUnknownError. A stop gives requests 10 s, whatever is set here: a caller that still waits then loses its connection, and asks again with its key.",
    example: '10000',
  },
  METRICS_TOKEN: {
    group: 'operating',
    meaning:
      'What Prometheus presents as a bearer token at `/metrics`, and people at `/ready?verbose`. Not set: where callers need no credential loopback names may read, elsewhere there is nothing to read. See [metrics](metrics.md).',
    example: '',
  },
  METRICS_PORT: {
    group: 'operating',
    meaning:
      'Serves `/metrics` and `/ready?verbose` at a port of its own, without a token: keep it inside. `0` picks a free port and prints it. Not set: it does not.',
    example: '9464',
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    group: 'operating',
    meaning:
      'An OTLP collector, which gets `/v1/traces` as http/protobuf. Set: [traces](tracing.md) are recorded and exported, and every other standard `OTEL_*` variable counts.',
    example: 'http://localhost:4318',
  },
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: {
    group: 'operating',
    meaning: 'The same for traces alone, with its whole path.',
    example: 'http://localhost:4318/v1/traces',
  },
  OTEL_EXPORTER_OTLP_PROTOCOL: {
    group: 'operating',
    meaning: '`http/protobuf` is spoken, and nothing else.',
    example: 'http/protobuf',
  },
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: {
    group: 'operating',
    meaning: 'The same.',
    example: 'http/protobuf',
  },
  OTEL_TRACES_EXPORTER: {
    group: 'operating',
    meaning:
      '`none`: no traces, whatever the endpoints. `otlp`: traces, to `http://localhost:4318` where no endpoint is set.',
    example: 'otlp',
  },
  OTEL_SDK_DISABLED: {
    group: 'operating',
    meaning: '`true`: no traces, whatever else is set.',
    example: 'true',
  },
  TRACE_AKOOL: {
    group: 'operating',
    meaning:
      '`on`: requests to AKOOL carry the header `traceparent`. `off`: AKOOL, a third party, is told nothing of your traces.',
    example: 'off',
  },
  LOG_LEVEL: {
    group: 'operating',
    meaning: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.',
    example: 'info',
  },
  NODE_ENV: {
    group: 'operating',
    meaning: '`production`: the sandbox only when asked for, and logs in JSON even on a terminal.',
    example: 'production',
  },
};
