import type { StreamMediaType } from '../accept.ts';
import { eventText } from './event-text.ts';
import { multipartText } from './multipart-text.ts';
import type { StreamFormat } from './stream-format.ts';

/** The format of a media type. */
export const streamFormats: Readonly<Record<StreamMediaType, StreamFormat>> = {
  'text/event-stream': eventText,
  'multipart/mixed': multipartText,
};

/** The whole stream of an answer that is one payload. */
export function wholeStream(format: StreamFormat, payload: string): string {
  return format.start + format.next(payload, null) + format.complete;
}
