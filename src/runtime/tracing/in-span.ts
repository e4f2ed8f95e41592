import { codeOf } from '../errors.ts';
import { noSpan, type Span, type SpanOptions, type Tracer } from './tracer.ts';

/** Runs work in a span that ends with it; all that is traced meanwhile hangs below. */
export function inSpan<Result>(
  tracer: Tracer,
  options: SpanOptions,
  work: (span: Span) => Result,
): Result {
  if (!tracer.isOn) return work(noSpan);
  const span = tracer.begin(options);
  return ending(span, () => span.run(() => work(span)));
}

/**
 * Like `inSpan`, but only as a part of something that is traced, and with nothing below: a call
 * that somebody waits for.
 */
export function inLeaf<Result>(
  tracer: Tracer,
  options: SpanOptions,
  work: (span: Span) => Result,
): Result {
  if (!tracer.isOn || tracer.current() === null) return work(noSpan);
  const span = tracer.begin(options);
  return ending(span, () => work(span));
}

/** What a failure is called in a span: its code, or the class of the error. */
export function errorType(error: unknown): string {
  return codeOf(error) || (error instanceof Error ? error.name : 'unknown');
}

function ending<Result>(span: Span, work: () => Result): Result {
  const result = endingIfThrown(span, work);
  const end = (): void => span.end();
  if (result instanceof Promise) result.then(end).catch(() => undefined);
  else end();
  return result;
}

/** Runs work whose failure ends the span; how it ends otherwise is for whoever gets the result. */
export function endingIfThrown<Result>(span: Span, work: () => Result): Result {
  const failed = (error: unknown): void => {
    span.fail(errorType(error));
    span.end();
  };
  try {
    const result = work();
    if (result instanceof Promise) result.catch(failed);
    return result;
  } catch (error) {
    failed(error);
    throw error;
  }
}
