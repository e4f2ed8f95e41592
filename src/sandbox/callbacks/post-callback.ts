import type { SandboxClock } from '../clock.ts';

/** How long an answer is waited for. */
export interface CallbackPatience {
  readonly clock: SandboxClock;
  readonly timeoutMs: number;
  /** Aborted: the call ends at once. */
  readonly stopping: AbortSignal;
}

/** Posts JSON once. Resolves whether the answer was exactly HTTP 200; never rejects. */
export async function postCallback(
  url: string,
  body: object,
  { clock, timeoutMs, stopping }: CallbackPatience,
): Promise<boolean> {
  const timeout = new AbortController();
  const cancel = clock.after(timeoutMs, () => timeout.abort());
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.any([stopping, timeout.signal]),
    });
    await answer.body?.cancel();
    return answer.status === 200;
  } catch {
    return false;
  } finally {
    cancel();
  }
}
