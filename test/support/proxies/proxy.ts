import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SystemServer } from '../processes/system-server.ts';

/** A reverse proxy or load balancer that runs with its file of `deploy`. */
export interface Proxy extends SystemServer {
  /** As in `http://127.0.0.1:4000`. */
  readonly url: string;
  /** What it tells of requests so far, wherever it tells that; empty where it tells nothing of them. */
  logged(): string;
  /** Takes other instances from now on, as the reload of the program's systemd unit does. It may take effect later. */
  reload(instances: readonly Instance[]): Promise<void>;
}

/** Whatever listens where an instance would. */
export interface Instance {
  readonly url: string;
}

const PLACES = [1, 2, 3];

/**
 * A file of `deploy` as it is, but for where to listen and its three instances: these take their places, again and again where they
 * are fewer. `host` and `port`: how the file names an instance and its port, `#` for its number.
 */
export function configuredFor(
  file: string,
  instances: readonly Instance[],
  nameOf: (place: number) => string = (place) => `gateway-${place}:4000`,
  told: (host: string, port: string) => string = (host, port) => `${host}:${port}`,
): string {
  const path = fileURLToPath(new URL(`../../../deploy/${file}`, import.meta.url));
  let text = readFileSync(path, 'utf8');
  for (const place of PLACES) {
    const instance = instances[(place - 1) % instances.length];
    if (instance === undefined) throw new Error('There is no instance.');
    const { hostname, port } = new URL(instance.url);
    text = changed(text, nameOf(place), told(hostname, port));
  }
  return text;
}

/** The text with a part of it replaced everywhere; throws where it has no such part, so that no test runs what nobody would. */
export function changed(text: string, part: string, by: string): string {
  if (!text.includes(part)) throw new Error(`There is no ${JSON.stringify(part)} any more.`);
  return text.replaceAll(part, by);
}
