import { connect, type Socket } from 'node:net';

/** Frames of WebSocket as a client needs them; enough for thousands of sockets in one process. */

const OPCODE = { text: 1, close: 8, ping: 9, pong: 10 } as const;

/** A client's frame. Masked with a key of zeros, which leaves the payload as it is. */
export function clientFrame(payload: Buffer | string, opcode: number = OPCODE.text): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const isShort = bytes.length < 126;
  const head = Buffer.alloc(isShort ? 6 : 8);
  head[0] = 0x80 | opcode;
  head[1] = 0x80 | (isShort ? bytes.length : 126);
  if (!isShort) head.writeUInt16BE(bytes.length, 2);
  return Buffer.concat([head, bytes]);
}

/** Told what comes. */
export interface RawSocketEvents {
  /** The server agreed to speak graphql-transport-ws. */
  opened(): void;
  /** A text message; the buffer is only good during the call. */
  message(payload: Buffer): void;
  /** Once, however it ended. The code of the server's close frame, or why there is none. */
  closed(reason: number | string): void;
}

export interface RawSocket {
  send(frame: Buffer): void;
  /** Ends it from this side; `closed` is told all the same. */
  destroy(): void;
}

const UPGRADE = [
  'GET /graphql HTTP/1.1',
  'Host: 127.0.0.1',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Protocol: graphql-transport-ws',
  '\r\n',
].join('\r\n');

/** Opens a WebSocket at /graphql of the port. Pings are answered. */
export function openRawSocket(port: number, events: RawSocketEvents): RawSocket {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let isOpen = false;
  let rest: Buffer = Buffer.alloc(0);
  let reason: number | string = 'connection lost';

  const takeFrame = (opcode: number, payload: Buffer): void => {
    if (opcode === OPCODE.text) events.message(payload);
    else if (opcode === OPCODE.ping) socket.write(clientFrame(payload, OPCODE.pong));
    else if (opcode === OPCODE.close) {
      reason = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      socket.end(clientFrame(payload, OPCODE.close));
    }
  };
  const takeFrames = (data: Buffer): Buffer => {
    let at = 0;
    while (data.length - at >= 2) {
      const short = (data[at + 1] ?? 0) & 0x7f;
      const headLength = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (data.length - at < headLength) break;
      let length = short;
      if (short === 126) length = data.readUInt16BE(at + 2);
      else if (short === 127) length = Number(data.readBigUInt64BE(at + 2));
      const end = at + headLength + length;
      if (data.length < end) break;
      takeFrame((data[at] ?? 0) & 0x0f, data.subarray(at + headLength, end));
      at = end;
    }
    return data.subarray(at);
  };
  const takeHead = (data: Buffer): Buffer => {
    const end = data.indexOf('\r\n\r\n');
    if (end === -1) return data;
    const status = data.subarray(9, 12).toString();
    if (status !== '101') {
      reason = `HTTP ${status}`;
      socket.destroy();
      return Buffer.alloc(0);
    }
    isOpen = true;
    events.opened();
    return takeFrames(data.subarray(end + 4));
  };

  socket.on('connect', () => socket.write(UPGRADE));
  socket.on('data', (data) => {
    const all = rest.length === 0 ? data : Buffer.concat([rest, data]);
    const left = isOpen ? takeFrames(all) : takeHead(all);
    rest = left.length === 0 ? left : Buffer.from(left);
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    reason = error.code ?? error.message;
  });
  socket.on('close', () => events.closed(reason));
  return {
    send: (frame) => void socket.write(frame),
    destroy: () => socket.destroy(),
  };
}
