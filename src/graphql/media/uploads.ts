import { InvalidInputError, NotFoundError } from '../../domain/errors.ts';
import type { Upload } from '../../store/media-store.ts';
import { builder } from '../builder.ts';

const UploadPurpose = builder.enumType('UploadPurpose', {
  description: 'What an upload is to be.',
  values: {
    VIDEO: { description: 'A source video: what videoUrl takes.' },
    FACE: { description: 'A reference face: what faceUrl takes.' },
  },
});

const UploadStatus = builder.enumType('UploadStatus', {
  description: 'Where an upload stands.',
  values: {
    AWAITING: { description: 'Send the bytes, then finishUpload.' },
    READY: { description: 'It was looked at, and url may be used.' },
    REJECTED: { description: 'It was looked at, and cannot be used: see problem.' },
    EXPIRED: { description: 'The bytes were not sent, or not finished, in time.' },
  },
});

const UploadHeaderRef = builder
  .objectRef<{ readonly name: string; readonly value: string }>('UploadHeader')
  .implement({
    description: 'A header to send.',
    fields: (t) => ({
      name: t.exposeString('name', { description: 'In lower case.' }),
      value: t.exposeString('value', { description: 'As it is to be sent.' }),
    }),
  });

interface UploadTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAt: number;
}

const UploadTargetRef = builder.objectRef<UploadTarget>('UploadTarget').implement({
  description: 'Where the bytes go.',
  fields: (t) => ({
    url: t.expose('url', { type: 'HttpUrl', description: 'PUT them here. It is a secret.' }),
    headers: t.field({
      type: [UploadHeaderRef],
      description: 'Send these, and no credential.',
      resolve: ({ headers }) => Object.entries(headers).map(([name, value]) => ({ name, value })),
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description: 'Until when the bytes are taken.',
    }),
  }),
});

const UploadRef = builder.objectRef<Upload>('Upload').implement({
  description: "A caller's file, on its way or there.",
  fields: (t) => ({
    id: t.exposeID('id', { description: 'What finishUpload takes.' }),
    purpose: t.expose('purpose', { type: UploadPurpose, description: 'As it was given.' }),
    status: t.field({
      type: UploadStatus,
      description: 'Where it stands.',
      resolve: (upload, _args, { media }) =>
        media.uploads.isExpired(upload) ? 'EXPIRED' : upload.state,
    }),
    put: t.field({
      type: UploadTargetRef,
      nullable: true,
      description:
        'PUT the bytes here, with these headers and nothing else; no credential. Null once finished or expired.',
      resolve: async (upload, _args, { media }) => {
        const place = await media.uploads.placeOf(upload);
        return place === null ? null : { ...place, expiresAt: upload.putUntil };
      },
    }),
    url: t.expose('url', {
      type: 'HttpUrl',
      nullable: true,
      description: 'What videoUrl or faceUrl takes, byte for byte. Null until READY.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description: 'When it is deleted. It outlives every job that uses it.',
    }),
    durationSeconds: t.float({
      nullable: true,
      description:
        "Of the video's pictures, measured in the file. AKOOL takes about 3 to 20 seconds and decides itself. Null until READY, for a picture, and where it cannot be told.",
      resolve: ({ facts }) => facts?.durationSeconds,
    }),
    width: t.int({
      nullable: true,
      description: 'Pixels, as it is shown. Null until READY.',
      resolve: ({ facts }) => facts?.width,
    }),
    height: t.int({
      nullable: true,
      description: 'Pixels, as it is shown. Null until READY.',
      resolve: ({ facts }) => facts?.height,
    }),
    problem: t.exposeString('problem', {
      nullable: true,
      description:
        'Why it is REJECTED: wrong type, too long, too short, unreadable. For people. Null otherwise.',
    }),
  }),
});

const CreateUploadInput = builder.inputType('CreateUploadInput', {
  description: 'What is to be sent.',
  fields: (t) => ({
    purpose: t.field({ type: UploadPurpose, required: true, description: 'What it is to be.' }),
    bytes: t.int({
      required: true,
      description:
        'In bytes; sending more is refused. At most 524,288,000 for a video and 31,457,280 for a face.',
    }),
    contentType: t.string({
      required: true,
      description:
        'video/mp4, video/quicktime or video/webm; image/jpeg, image/png or image/webp; parameters, as in video/webm;codecs=vp9, are left out. What counts in the end is the file itself.',
    }),
  }),
});

builder.mutationFields((t) => ({
  createUpload: t.field({
    type: builder.errorUnion('CreateUploadResult', {
      description: 'The place, or why there is none. Branch on __typename.',
      types: [UploadRef, InvalidInputError],
      resolveType: () => 'Upload',
    }),
    description:
      'Opens a place to send a file to, so that AKOOL can read it from a URL. PUT the bytes to put.url, then finishUpload. Nothing is bought.',
    args: {
      input: t.arg({ type: CreateUploadInput, required: true, description: 'What is to be sent.' }),
    },
    resolve: (_root, { input }, { caller, media }) => media.uploads.create(caller.team, input),
  }),
  finishUpload: t.field({
    type: builder.errorUnion('FinishUploadResult', {
      description:
        'The upload as it stands then, or why it cannot be looked at. Branch on __typename.',
      types: [UploadRef, InvalidInputError, NotFoundError],
      resolveType: () => 'Upload',
    }),
    description:
      'Says that the file was sent, and checks it: type, size, and for a video its length. Answers again what it answered. Nothing is bought.',
    args: { id: t.arg.id({ required: true, description: 'Upload.id.' }) },
    resolve: (_root, { id }, { caller, media }) => media.uploads.finish(caller.team, id),
  }),
}));

builder.queryField('upload', (t) =>
  t.field({
    type: UploadRef,
    nullable: true,
    description: "One upload by its id. Null: unknown, another team's, or deleted.",
    args: { id: t.arg.id({ required: true, description: 'Upload.id.' }) },
    resolve: (_root, { id }, { caller, media }) => media.uploads.read(caller.team, id),
  }),
);
