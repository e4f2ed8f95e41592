import { z } from 'zod';
import { numeric } from '../shapes/numeric.ts';

/** AKOOL's envelope. Whether it is a success is for `readingOf(code)` to say. */
export interface Envelope {
  readonly code: number;
  /** AKOOL's words for people, as they came; empty where it gave none. */
  readonly msg: string;
  readonly data: unknown;
  /** Only getToken's answer has it, beside `code` rather than in `data`. */
  readonly token: unknown;
}

const envelopeShape = z.object({
  code: numeric,
  msg: z.string().catch(''),
  data: z.unknown().optional(),
  token: z.unknown().optional(),
});

/**
 * Reads an answer's body; null when it is not strict UTF-8, not JSON, or not an envelope with a
 * numeric code. A BOM is tolerated.
 */
export function openEnvelope(body: Uint8Array): Envelope | null {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    const { success, data } = envelopeShape.safeParse(json);
    return success ? { code: data.code, msg: data.msg, data: data.data, token: data.token } : null;
  } catch {
    // A SyntaxError, a TypeError of the decoder, or a RangeError of a document nested too deep: in
    // no case an envelope.
    return null;
  }
}
