import { builder } from './builder.ts';

/** The enum of a job's states. */
export const JobStatusRef = builder.enumType('JobStatus', {
  description:
    'Where a job stands: QUEUED, then PROCESSING, then COMPLETED or FAILED; steps may be left out, but it never goes back. The last two are final: a finished job never changes again.',
  values: {
    QUEUED: { description: 'AKOOL has taken the job and not begun it.' },
    PROCESSING: {
      description:
        'AKOOL is working on it. Also shown while AKOOL says it is done and its result is still missing.',
    },
    COMPLETED: {
      description:
        'Done, and the result is here: the persons of an analysis, the outputUrl of a task. Final.',
    },
    FAILED: {
      description: 'It came to nothing: see failure. Final; to try again, make a new job.',
    },
  },
});

/** The enum of output resolutions. */
export const ResolutionRef = builder.enumType('Resolution', {
  description: 'How large the output video is. Values may be added.',
  values: {
    P480: { description: "AKOOL's 480p." },
    P720: { description: "AKOOL's 720p. The default." },
  },
});
