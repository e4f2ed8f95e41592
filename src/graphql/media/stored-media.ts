import { z } from 'zod';
import type { JobKey } from '../../domain/job.ts';
import type { Copy, CopySlot } from '../../store/media-store.ts';
import { builder } from '../builder.ts';
import type { GraphContext } from '../context.ts';
import { HeadSwapTaskRef, PersonRef } from '../refs.ts';

const StoredMediaStatus = builder.enumType('StoredMediaStatus', {
  description: 'Where a copy stands.',
  values: {
    PENDING: { description: 'Being copied, or to be tried again.' },
    STORED: { description: 'There.' },
    FAILED: {
      description:
        'The source is gone, or is no media, or the copy was deleted. It will not be tried again.',
    },
  },
});

/** The shortest and the longest life of a link, in seconds. */
const LINK_SECONDS = { least: 60, most: 86_400 };

/** Null: the copy was not asked for yet, and will be at once. */
const StoredMediaRef = builder.objectRef<{ readonly copy: Copy | null }>('StoredMedia').implement({
  description: 'A file that the gateway keeps, so that it outlives the URL it came from.',
  fields: (t) => ({
    status: t.field({
      type: StoredMediaStatus,
      description: 'Where the copy stands.',
      resolve: ({ copy }) => copy?.state ?? 'PENDING',
    }),
    url: t.field({
      type: 'HttpUrl',
      nullable: true,
      description:
        'A link that works without a credential for as long as is asked. Serves ranges, so that a player can seek. Null until STORED.',
      args: {
        validForSeconds: t.arg.int({
          defaultValue: 3600,
          description: '60 to 86,400 seconds.',
          validate: z
            .int({ error: 'must be a whole number' })
            .min(LINK_SECONDS.least, { error: `must be ${LINK_SECONDS.least} or more` })
            .max(LINK_SECONDS.most, { error: `must be ${LINK_SECONDS.most} or less` }),
        }),
      },
      resolve: ({ copy }, { validForSeconds }, { media }) =>
        copy === null ? null : media.linkTo(copy, validForSeconds ?? 3600),
    }),
    bytes: t.float({
      nullable: true,
      description: 'Null until STORED.',
      resolve: ({ copy }) => copy?.file?.bytes,
    }),
    contentType: t.string({
      nullable: true,
      description: 'As found in the file itself, not as the source claimed. Null until STORED.',
      resolve: ({ copy }) => copy?.file?.contentType,
    }),
    sha256: t.string({
      nullable: true,
      description: 'Hexadecimal. Null until STORED.',
      resolve: ({ copy }) => copy?.file?.sha256,
    }),
    storedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Null until STORED.',
      resolve: ({ copy }) => copy?.storedAt,
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the gateway deletes it. Null: never, or not STORED.',
      resolve: ({ copy }) => copy?.expiresAt,
    }),
    problem: t.string({
      nullable: true,
      description: 'Why it is FAILED, for people. Null otherwise.',
      resolve: ({ copy }) => copy?.problem,
    }),
  }),
});

builder.objectField(HeadSwapTaskRef, 'storedOutput', (t) =>
  t.field({
    type: StoredMediaRef,
    nullable: true,
    description:
      "The gateway's own copy of the output, made when the task COMPLETED; a new version of the task tells when it is there. Null: the task has no output (yet), it was made outside this gateway, or copies are switched off; what was copied before that stays.",
    resolve: ({ team, kind, id, outputUrl }, _args, context) =>
      outputUrl === null ? null : copyOf(context, { team, kind, id }, 'output'),
  }),
);

builder.objectField(PersonRef, 'storedPreview', (t) =>
  t.field({
    type: StoredMediaRef,
    nullable: true,
    description:
      "The gateway's own copy of the preview. Null: AKOOL gave no preview, none was asked for yet, or copies are switched off; what was copied before that stays.",
    resolve: ({ analysisKey, objId }, _args, context) =>
      copyOf(context, analysisKey, `preview:${objId}`),
  }),
);

async function copyOf({ loaders, media }: GraphContext, key: JobKey, slot: CopySlot) {
  const known = await loaders.copies.load(key);
  const copy = known?.copies.find((each) => each.slot === slot) ?? null;
  const isComing = copy === null ? known?.isFresh === true : copy.state === 'PENDING';
  if (isComing) return media.copies ? { copy } : null;
  return copy === null ? null : { copy };
}
