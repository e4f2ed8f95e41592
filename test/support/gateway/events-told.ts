import { onTestFinished } from 'vitest';
import { socketOf } from './calling.ts';

/** What a subscription tells until the test is over, as it comes: its data, or its errors. */
export function eventsTold(
  url: string,
  query: string,
  variables: Record<string, unknown>,
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look at answers of any shape
): any[] {
  const client = socketOf(url, {});
  onTestFinished(() => void client.dispose());
  const events: unknown[] = [];
  client.subscribe(
    { query, variables },
    {
      next: ({ data, errors }) => void events.push(data ?? errors),
      error: (error) => void events.push(error),
      complete: () => undefined,
    },
  );
  return events;
}
