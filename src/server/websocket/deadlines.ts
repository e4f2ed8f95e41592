import type { CancelTimer, Clock } from '../../runtime/clock.ts';

/**
 * The same time limit for many, by one timer: those who came first are due first. A timer for each
 * is a large part of what a connection costs.
 */
export class Deadlines<Member> {
  readonly #clock: Clock;
  readonly #milliseconds: number;
  readonly #missed: (member: Member) => void;
  /** By when each is due, the earliest first. */
  readonly #due = new Map<Member, number>();
  #cancel: CancelTimer | null = null;

  /** `missed` is called for who was neither deleted nor cleared `milliseconds` after it came. */
  constructor(clock: Clock, milliseconds: number, missed: (member: Member) => void) {
    this.#clock = clock;
    this.#milliseconds = milliseconds;
    this.#missed = missed;
  }

  add(member: Member): void {
    this.#due.set(member, this.#clock.now() + this.#milliseconds);
    this.#cancel ??= this.#clock.after(this.#milliseconds, this.#look);
  }

  /** Who is not there may be deleted. */
  delete(member: Member): void {
    this.#due.delete(member);
    if (this.#due.size === 0) this.clear();
  }

  clear(): void {
    this.#due.clear();
    this.#cancel?.();
    this.#cancel = null;
  }

  readonly #look = (): void => {
    this.#cancel = null;
    const now = this.#clock.now();
    for (const [member, dueAt] of this.#due) {
      if (dueAt > now) {
        this.#cancel ??= this.#clock.after(dueAt - now, this.#look);
        return;
      }
      this.#due.delete(member);
      this.#missed(member);
    }
  };
}
