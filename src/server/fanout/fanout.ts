import type { GraphQLFormattedError } from 'graphql';
import type { NotOpened, PayloadStream } from '../operation.ts';
import {
  deliver,
  groupOf,
  leaveGroup,
  publish,
  takeSeat,
  type Group,
  type Seat,
  type Subscriber,
  type Watchers,
} from './group.ts';

/** Opens a stream for a group that does not exist yet; does not throw. */
export type OpenStream = () => Promise<{ readonly stream: PayloadStream } | NotOpened>;

/**
 * Takes a subscriber out at once: nothing is sent to it any more. Calling it again does nothing.
 */
export type Leave = () => void;

/** Execute once, send to all. */
export interface Fanout {
  /**
   * Adds a subscriber to the group of `key`, opening the group's stream when it is the first.
   * Everyone in a group gets the same payloads, so a key must hold all that an answer depends on,
   * the caller's team first. A key of null is never shared. Nothing is sent before `join` returns.
   */
  join(key: string | null, open: OpenStream, subscriber: Subscriber): Leave;
  /** How many subscribers are in a group, by transport. */
  readonly watchers: Readonly<Watchers>;
  /** Streams that are open. */
  readonly size: number;
}

/**
 * Payloads are latin1 strings of UTF-8 bytes: their length is their size, and they are written
 * without being encoded again.
 *
 * A shared group carries states, of which a newer one replaces an older: a newcomer gets the latest
 * at once, a full subscriber holds nothing and takes the latest when it drains. It begins
 * with its first subscriber, and ends with its stream or its last subscriber. Whoever joins after
 * that opens a new stream, which begins with the present state. A full subscriber outlives the
 * group: it takes the last state, then the end.
 *
 * A group of one, with no key, carries events that all count: the next is not pulled before the
 * subscriber has taken the last, so how much waits is the source's affair.
 *
 * `describe` turns what a broken stream threw into what callers may see.
 */
export function createFanout(
  describe: (error: unknown) => readonly GraphQLFormattedError[],
): Fanout {
  const groups = new Map<string, Group>();
  const watchers: Watchers = { sse: 0, multipart: 0, websocket: 0 };
  let size = 0;

  const forget = (group: Group): void => {
    const { key } = group;
    if (key !== null && groups.get(key) === group) groups.delete(key);
  };

  const run = async (group: Group, open: OpenStream): Promise<void> => {
    size += 1;
    let outcome: Group['outcome'] = 'completed';
    try {
      const opened = await open();
      if ('errors' in opened) {
        outcome = opened.errors;
      } else if (group.seats.size === 0) {
        await opened.stream.return?.();
      } else {
        group.stream = opened.stream;
        for (const { subscriber } of group.seats) subscriber.opened?.();
        await publish(group, opened.stream, group.key !== null);
      }
    } catch (error) {
      outcome = describe(error);
      group.stream?.return?.().catch(() => {});
    }
    size -= 1;
    group.outcome = outcome;
    forget(group);
    for (const seat of group.seats) deliver(group, seat);
  };

  const begin = (key: string | null, open: OpenStream, seat: Seat): Group => {
    const group = groupOf(key, watchers);
    takeSeat(group, seat);
    if (key !== null) groups.set(key, group);
    void run(group, open);
    return group;
  };

  const takeIn = (group: Group, seat: Seat): Group => {
    takeSeat(group, seat);
    queueMicrotask(() => {
      if (group.stream !== null) seat.subscriber.opened?.();
      deliver(group, seat);
    });
    return group;
  };

  /** All that is kept of a subscriber's joining: the rest, its own copy of the key, is let go. */
  const leaving =
    (group: Group, seat: Seat): Leave =>
    () => {
      if (!leaveGroup(group, seat) || group.seats.size > 0) return;
      forget(group);
      group.resume?.();
      if (group.outcome === 'running') group.stream?.return?.().catch(() => {});
    };

  return {
    join(key, open, subscriber) {
      const seat: Seat = { subscriber, taken: 0, waiting: false };
      const known = key === null ? undefined : groups.get(key);
      const group = known === undefined ? begin(key, open, seat) : takeIn(known, seat);
      return leaving(group, seat);
    },
    watchers,
    get size() {
      return size;
    },
  };
}
