/**
 * The codes that this server closes WebSockets with: those of the graphql-transport-ws protocol, and three of WebSocket itself
 * where the protocol has none. The stock client comes back after 1001, 1013, 4403, 4408 and 4413, and gives up after the others.
 */
export const CloseCode = {
  /** Draining: connect again. */
  goingAway: 1001,
  /** Too many sockets, or credentials cannot be checked now: try later. */
  tryAgainLater: 1013,
  /** The client broke the protocol. */
  badRequest: 4400,
  /** An operation before the acknowledgement. */
  unauthorized: 4401,
  /** The credential is missing, wrong, expired or revoked: come back with a fresh one. */
  forbidden: 4403,
  /** No acceptable subprotocol. */
  subprotocolNotAcceptable: 4406,
  /** No connection_init in time. */
  initTimeout: 4408,
  /** Two running operations with one id. */
  subscriberAlreadyExists: 4409,
  /** The reader stayed full for too long. */
  tooSlow: 4413,
  /** A second connection_init. */
  tooManyInits: 4429,
} as const;

export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];
