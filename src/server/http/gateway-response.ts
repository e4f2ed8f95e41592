import { ServerResponse, type OutgoingHttpHeader, type OutgoingHttpHeaders } from 'node:http';

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

/**
 * Node's response, with headers that every answer has. One that was set, or is in a head given as
 * an object, counts before that of the same name. A head given as a list, names and values in turn,
 * is written behind them as it stands.
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
      return super.writeHead(statusCode, [...common, ...second]);
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
