/** One event of a stream of server-sent events. */
export interface StreamEvent {
  /** `message` where the stream names none. */
  readonly type: string;
  readonly data: string;
}

/** Takes a stream's text in pieces and gives the events that are whole. */
export interface EventStreamReader {
  read(text: string): StreamEvent[];
}

/** Reads as the HTML standard has it; ids and retry times are left out. What comes after the last blank line is never told. */
export function createEventStreamReader(): EventStreamReader {
  let rest = '';
  let type = '';
  let data: string[] = [];

  const take = (line: string): StreamEvent | null => {
    if (line === '') {
      const event = { type: type || 'message', data: data.join('\n') };
      const isThere = type !== '' || data.length > 0;
      type = '';
      data = [];
      return isThere ? event : null;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') type = value;
    else if (field === 'data') data.push(value);
    return null;
  };

  return {
    read(text) {
      // A carriage return at the end may be half of a line break.
      const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      return lines.flatMap((line) => take(line) ?? []);
    },
  };
}
