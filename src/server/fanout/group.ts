import type { GraphQLFormattedError } from 'graphql';
import type { Payload, PayloadStream } from '../operation.ts';
import type { WatcherTransport } from '../operation-observer.ts';

/** How many watchers there are in all groups. */
export type Watchers = Record<WatcherTransport, number>;

/** One watcher's end of a stream, whatever the transport. */
export interface Subscriber {
  readonly transport: WatcherTransport;
  /** The stream is open, and may have nothing to tell for long. */
  opened?(): void;
  /** False: the subscriber is full and nothing was taken. `id` is the place in the stream. */
  send(payload: string, id: string | null): boolean;
  /** Runs once, when a full subscriber has room again; never when it is gone. */
  onceDrained(run: () => void): void;
  /** The stream ended by itself. Called at most once, and nothing after it. */
  complete(): void;
  /** The stream could not be opened, or broke. Called at most once, and nothing after it. */
  fail(errors: readonly GraphQLFormattedError[]): void;
}

/** A subscriber's place in a group: the number of the last payload it took. */
export interface Seat {
  readonly subscriber: Subscriber;
  taken: number;
  waiting: boolean;
}

/** Subscribers of one stream, and where it is. */
export interface Group {
  /** Null: it is never shared. */
  readonly key: string | null;
  readonly seats: Set<Seat>;
  /** Of all groups. */
  readonly watchers: Watchers;
  stream: PayloadStream | null;
  /** The latest payload and its number, counted from 1. */
  payload: string;
  id: string | null;
  count: number;
  /** How the stream ended. */
  outcome: 'running' | 'completed' | readonly GraphQLFormattedError[];
  /** Set while a group of one waits for its subscriber to take the payload, or to leave. */
  resume: (() => void) | null;
}

/** A group without subscribers, whose stream is not open yet. */
export function groupOf(key: string | null, watchers: Watchers): Group {
  return {
    key,
    seats: new Set(),
    watchers,
    stream: null,
    payload: '',
    id: null,
    count: 0,
    outcome: 'running',
    resume: null,
  };
}

/** Takes a subscriber in. */
export function takeSeat(group: Group, seat: Seat): void {
  group.seats.add(seat);
  group.watchers[seat.subscriber.transport] += 1;
}

/** Lets a subscriber go; false: it had gone before. */
export function leaveGroup(group: Group, seat: Seat): boolean {
  if (!group.seats.delete(seat)) return false;
  group.watchers[seat.subscriber.transport] -= 1;
  return true;
}

/**
 * Hands a seat the latest payload, or the end when it has that; a full one gets it when it has
 * drained.
 */
export function deliver(group: Group, seat: Seat): void {
  if (!group.seats.has(seat) || seat.waiting) return;
  if (seat.taken < group.count) {
    if (!seat.subscriber.send(group.payload, group.id)) {
      seat.waiting = true;
      seat.subscriber.onceDrained(() => {
        seat.waiting = false;
        deliver(group, seat);
      });
      return;
    }
    seat.taken = group.count;
    group.resume?.();
  }
  if (group.outcome === 'running') return;
  leaveGroup(group, seat);
  if (group.outcome === 'completed') seat.subscriber.complete();
  else seat.subscriber.fail(group.outcome);
}

/**
 * Hands on what the stream yields until it ends; unless it is `shared`, no faster than the group
 * takes it.
 */
export async function publish(group: Group, stream: PayloadStream, shared: boolean): Promise<void> {
  if (shared && stream.tellEach !== null) {
    await stream.tellEach((payload) => handOn(group, payload));
    return;
  }
  for (;;) {
    const next = await stream.next();
    if (next.done === true) return;
    handOn(group, next.value);
    if (!shared) await taken(group);
  }
}

function handOn(group: Group, { text, id, delivered }: Payload): void {
  group.payload = utf8Bytes(text);
  group.id = id;
  group.count += 1;
  for (const seat of group.seats) deliver(group, seat);
  delivered?.(group.seats.size);
}

/** What is one byte for each character in UTF-8, as most payloads are. */
const ASCII = /^[^\u0080-\uffff]*$/;

/** The bytes of the text's UTF-8, as a latin1 string. */
function utf8Bytes(text: string): string {
  return ASCII.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** Resolves when nobody in the group lacks the present payload. */
async function taken(group: Group): Promise<void> {
  const lacking = [...group.seats].some((seat) => seat.taken < group.count);
  if (!lacking) return;
  await new Promise<void>((resolve) => {
    group.resume = resolve;
  });
  group.resume = null;
}
