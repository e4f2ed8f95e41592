import {
  AkoolRejectedError,
  AkoolUnavailableError,
  AnalysisNotReadyError,
  BillingError,
  IdempotencyConflictError,
  InvalidInputError,
  NotFoundError,
  OutcomeUnknownError,
} from '../../domain/errors.ts';
import { builder } from '../builder.ts';
import { CreateHeadSwapTaskInput } from './create-head-swap-task-input.ts';
import { idempotencyKey } from '../input/input-text.ts';
import { HeadSwapTaskRef } from '../refs.ts';

const CreateHeadSwapTaskResult = builder.errorUnion('CreateHeadSwapTaskResult', {
  description:
    'The task, or why there is none. Branch on __typename; select `... on Error { message }` for what may be added.',
  types: [
    HeadSwapTaskRef,
    InvalidInputError,
    NotFoundError,
    AnalysisNotReadyError,
    BillingError,
    AkoolRejectedError,
    IdempotencyConflictError,
    OutcomeUnknownError,
    AkoolUnavailableError,
  ],
  resolveType: () => 'HeadSwapTask',
});

builder.mutationField('createHeadSwapTask', (t) =>
  t.field({
    type: CreateHeadSwapTaskResult,
    nullable: true,
    description:
      'Step 2: buys a video in which persons of a COMPLETED analysis get other faces. Spends credits, at most once per idempotencyKey. Answers as soon as AKOOL has taken it; then watch it with headSwapTaskStatusChanged until COMPLETED. Null only together with a top-level error.',
    args: {
      input: t.arg({
        type: CreateHeadSwapTaskInput,
        required: true,
        description: 'What to buy, and the key that it is bought under.',
      }),
    },
    resolve: (_root, { input }, { caller, jobs }) => jobs.createHeadSwapTask(caller.team, input),
  }),
);

builder.queryField('createHeadSwapTaskResult', (t) =>
  t.field({
    type: CreateHeadSwapTaskResult,
    nullable: true,
    description:
      'What became of the create sent with this key, without sending anything. Null: no create has used it, so it is safe to use. Ask this after a reload or a lost connection, before anything is bought again, and never a cache (Apollo Client and urql: network-only): the answer changes.',
    args: {
      idempotencyKey: t.arg.id({
        required: true,
        description: 'The one given to createHeadSwapTask.',
        validate: idempotencyKey,
      }),
    },
    resolve: (_root, args, { caller, jobs }) => jobs.createResult(caller.team, args.idempotencyKey),
  }),
);
