import type { Plugin } from '@envelop/core';
import type { Caller } from '../../../domain/caller.ts';
import type { OperationContext } from '../../operation-context.ts';

/** Gives resolvers their context, made for this operation alone. */
export function useContext(contextFor: (caller: Caller) => object): Plugin<OperationContext> {
  return {
    onContextBuilding({ context, extendContext }) {
      extendContext(contextFor(context.caller));
    },
  };
}
