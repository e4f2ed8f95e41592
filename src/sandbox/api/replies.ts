import type { Behaviour } from '../behaviour.ts';

/** What to answer, and when. */
export interface Reply {
  /** The HTTP status; AKOOL's failures are 200 as well. */
  readonly status: number;
  readonly contentType: string;
  /** An envelope, or the text of a page. */
  readonly content: object | string;
  /** `cut`: the connection is closed instead. */
  readonly delivery: 'at once' | 'late' | 'cut';
}

/** Answers with an envelope. */
export function json(envelope: object): Reply {
  return {
    status: 200,
    contentType: 'application/json; charset=utf-8',
    content: envelope,
    delivery: 'at once',
  };
}

/** Answers with an envelope in the spelling that a job's cards ask for. */
export function jsonFor(behaviour: Behaviour, envelope: object): Reply {
  return behaviour.numbersAsStrings ? inStrings(json(envelope)) : json(envelope);
}

/** The page of a proxy that stands before AKOOL. */
export function htmlPage(status: 403 | 502): Reply {
  const title = status === 403 ? '403 Forbidden' : '502 Bad Gateway';
  return {
    status,
    contentType: 'text/html',
    content: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`,
    delivery: 'at once',
  };
}

/** The envelope of a success. */
export function success(data: object, msg = 'OK'): object {
  return { code: 1000, msg, data };
}

/** The refusal of what the caller sent. */
export function parameterError(problem: string): Reply {
  return json({ code: 1003, msg: `parameter validate error: ${problem}` });
}

/** The same reply with a string for every number of its envelope. */
export function inStrings(reply: Reply): Reply {
  const { content } = reply;
  return { ...reply, content: typeof content === 'string' ? content : numbersAsStrings(content) };
}

function numbersAsStrings(envelope: object): object {
  const entries = Object.entries(envelope).map(([name, value]) => [name, spelled(value)]);
  return Object.fromEntries(entries);
}

function spelled(value: unknown): unknown {
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return value.map(spelled);
  return typeof value === 'object' && value !== null ? numbersAsStrings(value) : value;
}
