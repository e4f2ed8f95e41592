import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLostPeers } from '../../src/server/sse/lost-peers.ts';
import {
  canMakeNetworks,
  ip,
  startInNetwork,
  startInNetworkOf,
  type NetworkedProcess,
} from '../support/processes/network.ts';
import { programOf } from '../support/processes/programs.ts';
import { until } from '../support/processes/until.ts';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

/** A line of /proc/net/tcp, as Linux 6.18 writes it: a connection of port 4000 to port 53346. */
const line = (address: string, timer: string, times: string, own = '0100007F'): string =>
  `   1: ${own}:0FA0 ${address}:D062 01 0000000C:00000000 ${timer}:00000311 ${times}     0        0 2370309 2 000000001e3adea9 24 4 30 10 -1`;

describe('what Linux tells of connections', () => {
  const v4 = { localPort: 4000, remoteAddress: '10.1.2.3', remotePort: 53_346 };
  const mapped = { localPort: 4000, remoteAddress: '::ffff:10.1.2.3', remotePort: 53_346 };
  const v6 = { localPort: 4000, remoteAddress: 'fd99::2', remotePort: 53_346 };

  /** Which of `peer` alone are lost, look by look. */
  const looks = async (peer: typeof v4, lines: readonly string[]): Promise<number[]> => {
    let now = '';
    const lostPeers = createLostPeers<typeof v4>(async () => `${HEAD}\n${now}\n`);
    const counts: number[] = [];
    for (const text of lines) {
      now = text;
      counts.push((await lostPeers.among([peer])).length);
    }
    return counts;
  };

  it.each([
    [v4, '0302010A'],
    [mapped, '0000000000000000FFFF00000302010A'],
    [v6, '000099FD000000000000000002000000'],
  ])('finds a peer that goes on acknowledging nothing: %o', async (peer, address) => {
    const lines = ['00000002', '00000005', '00000005', '00000006'];
    expect(
      await looks(
        peer,
        lines.map((times) => line(address, '01', times)),
      ),
    ).toEqual([0, 0, 0, 1]);
  });

  it('leaves one that acknowledged in between, one that does not read, and everybody else', async () => {
    const recovered = ['00000005', '00000000', '00000006'].map((times) =>
      line('0302010A', '01', times),
    );
    expect(await looks(v4, recovered)).toEqual([0, 0, 0]);
    // Its window is shut: the timer (4) probes it, and it answers.
    const full = ['00000005', '00000006'].map((times) => line('0302010A', '04', times));
    expect(await looks(v4, full)).toEqual([0, 0]);
    const other = ['00000005', '00000006'].map((times) => line('0402010A', '01', times));
    expect(await looks(v4, other)).toEqual([0, 0]);
  });

  it('finds nobody where there is nothing to read', async () => {
    const lostPeers = createLostPeers<typeof v4>(() => Promise.reject(new Error('no such file')));
    expect(await lostPeers.among([v4])).toEqual([]);
  });
});

/** Reads a stream of the server until it is killed, and says so when it breaks off. */
const READER = `
  require('node:http').get(process.argv[1], { headers: { accept: 'text/event-stream' } }, (response) => {
    console.log('reading', response.statusCode);
    response.on('data', () => console.log('beat'));
    response.on('close', () => console.log('gone'));
  });`;

describe.skipIf(!canMakeNetworks())('a peer that is cut off from the network', () => {
  it.each([
    ['IPv4', '10.99.0.1/24', '10.99.0.2/24', '10.99.0.1'],
    ['IPv6', 'fd99::1/64', 'fd99::2/64', '[fd99::1]'],
  ])('is let go of, and others stay: over %s', async (_, own, its, host) => {
    const started: NetworkedProcess[] = [];
    onTestFinished(() => started.forEach((each) => each.end()));
    const keep = (each: NetworkedProcess): NetworkedProcess => {
      started.push(each);
      return each;
    };
    const server = keep(startInNetwork(process.execPath, [programOf('streaming-server')]));
    const port = String((await server.lines.next()).value);
    const machine = keep(startInNetwork('sh', ['-c', 'echo up; exec sleep 600']));
    await machine.lines.next();
    ip(server, `link add here type veth peer name there netns ${machine.pid}`);
    for (const [place, name, address] of [
      [server, 'here', own],
      [machine, 'there', its],
    ] as const) {
      ip(place, `address add ${address} dev ${name}${address.includes(':') ? ' nodad' : ''}`);
      ip(place, `link set ${name} up`);
    }
    const read = async (place: NetworkedProcess, at: string): Promise<NetworkedProcess> => {
      const url = `http://${at}:${port}/graphql?query=${encodeURIComponent('subscription { feed }')}`;
      const reader = keep(startInNetworkOf(place, process.execPath, ['-e', READER, url]));
      expect((await reader.lines.next()).value).toBe('reading 200');
      return reader;
    };
    const staying = await read(server, '127.0.0.1');
    await read(machine, host);
    const streams = (): number => connectionsAt(server.pid, Number(port));
    expect(streams()).toBe(2);

    // From now on nothing leaves that machine; it does not know, nor does the server.
    ip(
      machine,
      `route add blackhole ${host.replace(/[[\]]/g, '')}/${host.startsWith('[') ? 128 : 32}`,
    );
    await until(() => streams() === 1);
    for (let count = 0; count < 3; count += 1)
      expect((await staying.lines.next()).value).toBe('beat');
    expect(streams()).toBe(1);
  });
});

/** How many connections to a port are established in the network of a process. */
function connectionsAt(pid: number, port: number): number {
  const own = new RegExp(
    `: [0-9A-F]+:${port.toString(16).toUpperCase().padStart(4, '0')} [0-9A-F:]+ 01 `,
  );
  const lines = ['tcp', 'tcp6'].flatMap((name) =>
    readFileSync(`/proc/${pid}/net/${name}`, 'latin1').split('\n'),
  );
  return lines.filter((each) => own.test(each)).length;
}
