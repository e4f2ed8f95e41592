import type { Plugin } from 'graphql-yoga';

/**
 * A plugin of an operator's: Envelop's hooks see operations on every transport, Yoga's those over HTTP alone. It is trusted like
 * the gateway itself.
 */
export type GatewayPlugin = Plugin<Record<string, unknown>> | Readonly<Record<string, unknown>>;
