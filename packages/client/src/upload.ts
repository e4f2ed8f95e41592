import type { SendOperation } from './ask.ts';
import { waitBefore } from './back-off.ts';
import { systemClock, wait, type Clock } from './clock.ts';
import {
  CreateUploadDocument,
  FinishUploadDocument,
  type CreateUploadMutation,
  type FinishUploadMutation,
  type UploadPurpose,
} from './generated/operations.ts';
import { chooseSendFile, type SendFileAnswer } from './send-file.ts';

/** What became of an upload: once `status` is READY, `url` is what videoUrl or faceUrl takes. */
export type UploadResult =
  | NonNullable<FinishUploadMutation['finishUpload']>
  | Extract<CreateUploadMutation['createUpload'], { __typename: 'InvalidInputError' }>;

/** What to send, and how. */
export interface UploadOptions {
  /** askOverFetch, or any other way of sending operations. */
  readonly ask: SendOperation;
  readonly file: Blob;
  readonly purpose: UploadPurpose;
  /** As in video/mp4; the file's own unless given. */
  readonly contentType?: string;
  /** How many bytes were sent; all of them only at the end where there is no XMLHttpRequest. It begins anew with each attempt. */
  readonly onProgress?: (sent: number, total: number) => void;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  /** A number from 0 to 1, for waits that differ between clients. */
  readonly random?: () => number;
}

/** The bytes could not be sent. */
export class UploadError extends Error {
  override readonly name: string = 'UploadError';
  /** The HTTP status of what answered; 0: nothing did. */
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

const MOST_ATTEMPTS = 4;

/** Statuses after which the same bytes may go again. */
const PASSING: ReadonlySet<number> = new Set([0, 408, 425, 429, 500, 502, 503, 504]);

/**
 * Sends a file to the gateway, so that AKOOL can read it. Opens a place for it, sends the bytes, and has them looked at; nothing is bought.
 * A connection that breaks is tried again, four times in all. Throws UploadError when the bytes cannot be sent, what `ask` throws, and
 * the signal's reason when aborted.
 */
export async function upload(options: UploadOptions): Promise<UploadResult> {
  const { ask, file, purpose, contentType = file.type } = options;
  const { signal = new AbortController().signal } = options;
  signal.throwIfAborted();
  const { createUpload } = await ask<CreateUploadMutation>(CreateUploadDocument.toString(), {
    input: { purpose, bytes: file.size, contentType },
  });
  if (createUpload.__typename !== 'Upload') return createUpload;
  if (createUpload.put === null) throw new UploadError('The place for the file is gone.', 0);
  await send(options, createUpload.put, signal);
  const { finishUpload } = await ask<FinishUploadMutation>(FinishUploadDocument.toString(), {
    id: createUpload.id,
  });
  return finishUpload;
}

interface Target {
  readonly url: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

async function send(options: UploadOptions, target: Target, signal: AbortSignal): Promise<void> {
  const { file, onProgress, clock = systemClock, random = Math.random } = options;
  const sendFile = chooseSendFile();
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    const answer = await sendFile({
      ...target,
      file,
      signal,
      onSent: (bytes) => onProgress?.(bytes, file.size),
    });
    if (answer.status >= 200 && answer.status < 300) return;
    if (!PASSING.has(answer.status) || attempt === MOST_ATTEMPTS) throw failureOf(answer);
    await wait(clock, waitBefore(attempt, 0, random()), signal);
  }
}

function failureOf({ status, text }: SendFileAnswer): UploadError {
  if (status === 0) return new UploadError('The connection broke.', 0);
  return new UploadError(
    messageIn(text) ?? `The bytes were answered with HTTP status ${status}.`,
    status,
  );
}

/** The gateway's own words; null: they are another's. */
function messageIn(text: string): string | null {
  try {
    const answer: { errors?: { message?: string }[] } = JSON.parse(text);
    return answer.errors?.[0]?.message ?? null;
  } catch {
    return null;
  }
}
