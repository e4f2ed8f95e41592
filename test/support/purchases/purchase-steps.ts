/** The keys that requests use. */
export const KEYS = ['a', 'b'] as const;

/** One of them. */
export type Key = (typeof KEYS)[number];

/** Two inputs that mean different things. */
export type Input = 'P480' | 'P720';

/** Something that happens to a gateway or to AKOOL. Creates and webhooks are named by their place. */
export type Step =
  | { readonly do: 'buy'; readonly key: Key; readonly input: Input }
  | { readonly do: 'ask'; readonly key: Key }
  | { readonly do: 'answer'; readonly create: number; readonly how: Answer }
  | { readonly do: 'move'; readonly create: number; readonly status: 'PROCESSING' | 'COMPLETED' }
  | { readonly do: 'ring'; readonly create: number; readonly status: 2 | 3 }
  | { readonly do: 'replay'; readonly webhook: number }
  | { readonly do: 'lie'; readonly create: number; readonly id: string }
  | { readonly do: 'wait'; readonly milliseconds: number }
  | { readonly do: 'store'; readonly isAway: boolean }
  | { readonly do: 'take for dead' }
  | { readonly do: 'abandon'; readonly key: Key }
  | { readonly do: 'crash' };

/** How AKOOL answers a create. */
export type Answer =
  'accepted' | 'lost after it was made' | 'lost' | 'billing' | 'rejected' | 'unavailable';

/** The task that AKOOL makes of a create. */
export function idOf(create: number): string {
  return `task-${create}`;
}
