import { ServerResponse, type OutgoingHttpHeader, type OutgoingHttpHeaders } from 'node:http';

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

/**
 * Node's response, with headers that every answer has. One that was set, or is in the head given,
 * counts before that of the same name. A head is given as an object, with names in lower case.
 */
export class GatewayResponse extends ServerResponse {
  /** Names in lower case and values, in turn. To be given before the head is written. */
  common: OutgoingHttpHeader[] = [];

  override writeHead(statusCode: number, statusMessage?: string, headers?: Headers): this;
  override writeHead(statusCode: number, headers?: Headers): this;
  override writeHead(statusCode: number, second?: string | Headers, third?: Headers): this {
    const { common } = this;
    const [message, given] = typeof second === 'string' ? [second, third] : [undefined, second];
    // The response may be a stream, and live long.
    this.common = [];
    if (Array.isArray(given) || this.getHeaderNames().length > 0) {
      for (let at = 0; at < common.length; at += 2) {
        const name = String(common[at]);
        if (!this.hasHeader(name)) this.setHeader(name, common[at + 1] ?? '');
      }
      super.writeHead(statusCode, message, given);
    } else {
      // As one list: else Node makes a table of them, and looks at each header twice.
      super.writeHead(statusCode, message, joined(common, given ?? {}));
    }
    return this;
  }
}

/** Puts the headers into the list. No value in it is a name. */
function joined(list: OutgoingHttpHeader[], headers: OutgoingHttpHeaders): OutgoingHttpHeader[] {
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    const at = list.indexOf(name);
    if (at === -1) list.push(name, value);
    else list[at + 1] = value;
  }
  return list;
}
