import type { InputIssue } from '../../domain/errors.ts';
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
import { JobStatusRef } from '../enums.ts';

const ErrorRef = builder.interfaceRef<Error>('Error').implement({
  description:
    'An expected failure of a mutation: part of its result, not of the top-level errors. Select `... on Error { message }` and every one, later ones too, has something to show. Apollo Client drops that message unless its cache knows the possibleTypes.',
  fields: (t) => ({
    message: t.exposeString('message', {
      description: 'What happened and what to do, in English. For people: branch on __typename.',
    }),
  }),
});

const interfaces = [ErrorRef];

const InputIssueRef = builder.objectRef<InputIssue>('InputIssue').implement({
  description: 'One thing that is wrong with an input.',
  fields: (t) => ({
    path: t.stringList({
      description: 'From the input\'s own fields on, as in ["mappings", "0", "faceUrl"].',
      resolve: (issue) => [...issue.path],
    }),
    message: t.exposeString('message', {
      description:
        'What is wrong and what would be right; reads well behind the name of the field.',
    }),
  }),
});

builder.objectType(InvalidInputError, {
  name: 'InvalidInputError',
  description:
    'The input is wrong in itself, or names persons that the analysis did not find. Nothing was sent to AKOOL, and the idempotencyKey is unused.',
  interfaces,
  fields: (t) => ({
    issues: t.field({
      type: [InputIssueRef],
      description: 'Every problem at once, each with its path, so that a form can show them all.',
      resolve: (error) => [...error.issues],
    }),
  }),
});

builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description:
    "The analysis is unknown, or another team's. Nothing was sent to AKOOL, and the idempotencyKey is unused.",
  interfaces,
});

builder.objectType(AnalysisNotReadyError, {
  name: 'AnalysisNotReadyError',
  description:
    'The analysis has not COMPLETED: watch it with analysisStatusChanged and send the create again then. status FAILED: it never will be. The idempotencyKey is unused.',
  interfaces,
  fields: (t) => ({
    status: t.expose('status', {
      type: JobStatusRef,
      description: 'Where the analysis stands: QUEUED, PROCESSING or FAILED.',
    }),
  }),
});

builder.objectType(BillingError, {
  name: 'BillingError',
  description:
    'AKOOL refused for want of credits or a subscription. Nothing was bought; top up, and the same idempotencyKey may go again.',
  interfaces,
  fields: (t) => ({
    code: t.exposeInt('code', {
      description: "AKOOL's code, as in 1104 for insufficient credits.",
    }),
  }),
});

builder.objectType(AkoolRejectedError, {
  name: 'AkoolRejectedError',
  description:
    'AKOOL refused the request; message carries its words. Nothing was bought: mend what it names, and the same idempotencyKey may go again, with other input too.',
  interfaces,
  fields: (t) => ({
    code: t.exposeInt('code', {
      description: "AKOOL's code, as in 1204 for a video that is too long.",
    }),
  }),
});

builder.objectType(IdempotencyConflictError, {
  name: 'IdempotencyConflictError',
  description:
    'The idempotencyKey was already used, or is held, with another input. Send the same input to get its result, or a new key for a new purchase.',
  interfaces,
});

builder.objectType(OutcomeUnknownError, {
  name: 'OutcomeUnknownError',
  description:
    "AKOOL's answer was lost, so it may or may not have been bought. Do not make a new key: that is a new purchase. Ask again with the same key and input, or with createHeadSwapTaskResult; it sends nothing, and tells once the outcome is known. The outcome of an analysis may stay unknown: there a new key may make a second one.",
  interfaces,
  fields: (t) => ({
    idempotencyKey: t.exposeID('idempotencyKey', {
      nullable: true,
      description: 'The one given; null for a submitAnalysis without one.',
    }),
  }),
});

builder.objectType(AkoolUnavailableError, {
  name: 'AkoolUnavailableError',
  description:
    'AKOOL cannot be reached or is limiting us. Nothing was bought; the same idempotencyKey may go again.',
  interfaces,
  fields: (t) => ({
    retryAfterSeconds: t.exposeInt('retryAfterSeconds', {
      nullable: true,
      description:
        'Wait this many seconds before asking again. Null: AKOOL did not say; try in a while.',
    }),
  }),
});
