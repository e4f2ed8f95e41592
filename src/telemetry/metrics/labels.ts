import type { LabelAbout } from './metric-about.ts';

/** Every label of our metrics. */
export const LABELS = {
  name: {
    values:
      'the name of an operation of `schema/operations` or of the persisted operations; every other is `other`',
    most: 50,
  },
  type: { values: '`query`, `mutation`, `subscription`', most: 3 },
  transport: {
    values: '`http`; of subscriptions `sse`, `multipart` (Apollo) or `websocket`',
    most: 4,
  },
  outcome: { values: '`ok`, or the code of the first [error](errors.md)', most: 20 },
  code: {
    values:
      "of a refusal: the code of its [error](errors.md); of a request to AKOOL: AKOOL's documented code, `other` for one that is not, `http_4xx`, `http_5xx` or `http_other` without an envelope, `lost` without an answer",
    most: 36,
  },
  route: {
    values:
      '`graphql`, `webhooks`, `uploads`, `media`, `health`, `ready`, `metrics`; every other path is `other`',
    most: 8,
  },
  status_class: { values: '`1xx` to `5xx`', most: 5 },
  endpoint: {
    values: '`analyze`, `analysis`, `create_task`, `task`, `token`, `quota`',
    most: 6,
  },
  kind: {
    values:
      '`ANALYSIS`, `HEAD_SWAP_TASK`; of garbage collections `major`, `minor`, `incremental`, `weakcb`, `other`',
    most: 5,
  },
  status: { values: "the job's status", most: 4 },
  seen_by: {
    values:
      '`poll`: it was due · `webhook`: a webhook came · `query`: somebody asked · `settlement`: the create itself, or what settled it',
    most: 4,
  },
  answer: {
    values:
      '`accepted` (200), `unknown` (404), `malformed` (400), `unavailable` (503: the store is away)',
    most: 4,
  },
  mutation: { values: '`submitAnalysis`, `createHeadSwapTask`', most: 2 },
  state: {
    values:
      'the [state](purchases.md) of a purchase; of an upload `AWAITING`, `READY`, `REJECTED`; of a circuit breaker `closed`, `open`, `half_open`',
    most: 7,
  },
  result: { values: '`stored`, `failed`, `postponed`, `deleted`', most: 4 },
  verb: { values: 'what the store was asked: the name of its method', most: 60 },
  part: { values: '`wake-ups`, `store`, `akool`', most: 3 },
  version: { values: 'of the gateway', most: 1 },
  node: { values: 'the version of Node', most: 1 },
} as const satisfies Readonly<Record<string, LabelAbout>>;

/** The name of a label. */
export type Label = keyof typeof LABELS;
