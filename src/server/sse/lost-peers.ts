import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { endianness } from 'node:os';
import ipaddr from 'ipaddr.js';

/** Both ends of a connection. */
export type Ends = Pick<Socket, 'localPort' | 'remoteAddress' | 'remotePort'>;

/** Finds connections whose peers are gone without a word: their machine, or the way to it. */
export interface LostPeers<Connection extends Ends> {
  /** Which of these are lost, as far as the system tells. To be asked again and again. */
  among(connections: Iterable<Connection>): Promise<readonly Connection[]>;
}

/**
 * Linux tells of every connection of this process's network, in one text for each family of
 * addresses.
 */
const TABLES = ['/proc/self/net/tcp', '/proc/self/net/tcp6'];

/**
 * A peer that is there acknowledges what is sent, whatever its program does. So many
 * retransmissions without that are a suspicion, and one more at a later look is the proof: from the
 * first byte that is not acknowledged that takes two beats, or four where packets need seconds.
 */
const SUSPICIOUS = 3;

/**
 * Addresses and ports of both ends, in hexadecimal; then, of a connection whose timer waits for an
 * acknowledgement (1), how often it ran out since the last one.
 */
const UNANSWERED =
  /\b[0-9A-F]+:([0-9A-F]{4}) ((?:[0-9A-F]{8})+):([0-9A-F]{4}) [0-9A-F]{2} [0-9A-F]{8}:[0-9A-F]{8} 01:[0-9A-F]+ ([0-9A-F]{8}) /g;

/**
 * Node offers no bound on how long bytes may stay unacknowledged, and TCP's own is a quarter of an
 * hour; its keep-alive rests while any are. So Linux is asked how often it has sent them again.
 * Elsewhere nobody is found. `readTable` rejects where there is none.
 */
export function createLostPeers<Connection extends Ends>(
  readTable: (path: string) => Promise<string> = (path) => readFile(path, 'latin1'),
): LostPeers<Connection> {
  /** How often it was when the suspicion began. */
  let suspects = new WeakMap<Connection, number>();
  return {
    async among(connections) {
      const tables = await Promise.all(TABLES.map((path) => readTable(path).catch(() => '')));
      const unanswered = new Map(tables.flatMap(unansweredIn));
      if (unanswered.size === 0) {
        // As nearly always; so thousands of names need not be made.
        suspects = new WeakMap();
        return [];
      }
      const lost: Connection[] = [];
      for (const connection of connections) {
        const times = unanswered.get(nameOf(connection)) ?? 0;
        const before = suspects.get(connection);
        if (times < SUSPICIOUS) suspects.delete(connection);
        else if (before === undefined) suspects.set(connection, times);
        else if (times > before) lost.push(connection);
      }
      return lost;
    },
  };
}

/** Connections by name, each with its count. */
function unansweredIn(table: string): [name: string, times: number][] {
  return [...table.matchAll(UNANSWERED)].map(
    ([, own = '', address = '', port = '', times = '']) => [
      `${Number.parseInt(own, 16)} ${inOrder(address)} ${Number.parseInt(port, 16)}`,
      Number.parseInt(times, 16),
    ],
  );
}

function nameOf({ localPort, remoteAddress = '', remotePort }: Ends): string {
  const bytes = ipaddr.isValid(remoteAddress) ? ipaddr.parse(remoteAddress).toByteArray() : [];
  return `${localPort} ${Buffer.from(bytes).toString('hex')} ${remotePort}`;
}

/**
 * The table has words of four bytes as the processor has them; addresses have the network's order.
 */
function inOrder(address: string): string {
  const bytes = Buffer.from(address, 'hex');
  return (endianness() === 'LE' ? bytes.swap32() : bytes).toString('hex');
}
