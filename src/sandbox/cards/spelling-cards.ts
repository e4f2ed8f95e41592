import { type Card, analysisCard, jobCard } from './card.ts';

const REASON = 'generate temp file error';

function reasonIn(name: string, fields: Readonly<Record<string, string>>): Card {
  const field = name.slice('reason-in-'.length).replaceAll('-', '_');
  const does = `The job ends with status 4 and tells why in ${field} alone.`;
  return jobCard(name, does, { ending: 'failed', failureFields: { ...fields, [field]: REASON } });
}

/** How the same facts are spelled otherwise. */
export const SPELLING_CARDS: readonly Card[] = [
  jobCard('numbers-as-strings', 'Every number is a string, the envelope’s code included.', {
    numbersAsStrings: true,
  }),
  analysisCard('obj-ids-as-strings', 'Each obj_id is a string.', { objIdsAsStrings: true }),
  jobCard('iso-time', 'create_time is ISO text, in the answer to the submission as well.', {
    isoTime: true,
  }),
  reasonIn('reason-in-alg-msg', { error_reason: 'success' }),
  reasonIn('reason-in-error-msg', { error_reason: '' }),
  reasonIn('reason-in-error-message', {}),
  reasonIn('reason-in-fail-reason', { error_msg: 'Success' }),
];
