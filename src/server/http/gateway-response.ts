import { ServerResponse, type OutgoingHttpHeader, type OutgoingHttpHeaders } from 'node:http';

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

/**
 * Node's response, with headers that every answer has. One that was set, or is in the head given,
 * counts before that of the same name. In a head given as a list, names are in lower case, each
 * with its value behind it.
 */
export class GatewayResponse extends ServerResponse {
  /** Names in lower case and values, in turn. To be filled before the head is written. */
  readonly common: string[] = [];

  override writeHead(statusCode: number, statusMessage?: string, headers?: Headers): this;
  override writeHead(statusCode: number, headers?: Headers): this;
  override writeHead(statusCode: number, second?: string | Headers, third?: Headers): this {
    const { common } = this;
    // With anything set, Node merges both name by name, and looks at each header twice.
    if (Array.isArray(second) && this.getHeaderNames().length === 0) {
      super.writeHead(statusCode, joined(common, second));
      // The response may be a stream, and live long.
      common.length = 0;
      return this;
    }
    for (let at = 0; at < common.length; at += 2) {
      const [name = '', value = ''] = common.slice(at, at + 2);
      if (!this.hasHeader(name)) this.setHeader(name, value);
    }
    return typeof second === 'string'
      ? super.writeHead(statusCode, second, third)
      : super.writeHead(statusCode, second ?? third);
  }
}

/** All of them, but for the first list's that are in the second as well. */
function joined(first: readonly string[], second: readonly OutgoingHttpHeader[]) {
  const all: OutgoingHttpHeader[] = [];
  for (let at = 0; at < first.length; at += 2) {
    const name = first[at] ?? '';
    if (!second.includes(name)) all.push(name, first[at + 1] ?? '');
  }
  all.push(...second);
  return all;
}
