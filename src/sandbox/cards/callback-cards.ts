import { type Card, taskCard } from './card.ts';

/** The callbacks of tasks that have a webhookUrl. */
export const CALLBACK_CARDS: readonly Card[] = [
  taskCard('duplicate-webhook', 'Every callback is sent three times.', { callbackCopies: 3 }),
  taskCard('lost-webhook', 'No callback is ever sent.', { callbackCopies: 0 }),
  taskCard('delayed-webhook', 'The final callback comes twice the job’s time after the create.', {
    callbackDelay: 1,
  }),
  taskCard(
    'early-webhook',
    'A callback with status 2 arrives before the answer to create, the final one as usual.',
    { callbackEarly: true },
  ),
  taskCard(
    'underway-webhook',
    'A callback with status 2 is sent half way, the final one follows as usual.',
    { callbackUnderway: true },
  ),
  taskCard('reordered-webhook', 'The final callback is followed by one with status 2.', {
    callbackReordered: true,
  }),
  taskCard(
    'lying-webhook',
    'A correctly signed callback says status 4 half way, although the task completes.',
    { callbackLies: true },
  ),
  taskCard('queued-webhook', 'Every callback says status 1, the final one too.', {
    callbackQueued: true,
  }),
  taskCard('string-status-webhook', 'The status in callbacks is a string.', {
    callbackStatusAsString: true,
  }),
  taskCard('untyped-webhook', 'Callbacks have no type.', { callbackLacks: ['type'] }),
  taskCard('bare-webhook', 'Callbacks have an _id and nothing else.', {
    callbackLacks: ['status', 'type', 'url'],
  }),
];
