import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import ErrorsPlugin from '@pothos/plugin-errors';
import RelayPlugin from '@pothos/plugin-relay';
import ValidationPlugin from '@pothos/plugin-validation';
import type { GraphContext } from './context.ts';
import { toInvalidInput } from './input/input-issues.ts';
import { LIST_MULTIPLIER } from './limits.ts';
import { relayOptions } from './relay-options.ts';

/** What Pothos needs to know of our types. */
interface BuilderTypes {
  Context: GraphContext;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    HttpUrl: { Input: string; Output: string };
    /** Milliseconds since the epoch; the scalar writes them as text. */
    DateTime: { Input: never; Output: number };
  };
}

/**
 * The builder that every file of the schema adds its part to; `buildSchema` makes the schema of it.
 * Errors come first: that plugin must stand outside the others to turn what they throw into members
 * of a result union.
 */
export const builder = new SchemaBuilder<BuilderTypes>({
  plugins: [ErrorsPlugin, RelayPlugin, ValidationPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  errors: {
    // Without it, a mistake in the input would be a top-level error. Callers are known before the
    // schema is, so nobody slips by.
    unsafelyHandleInputErrors: true,
  },
  validation: { validationError: (failure) => toInvalidInput(failure.issues) },
  relay: relayOptions,
  complexity: {
    // It only tells what fields cost; createCostCheck refuses.
    disabled: true,
    defaultListMultiplier: LIST_MULTIPLIER,
  },
});
