import { CloseCode as Protocol } from 'graphql-ws';

/**
 * The codes that this server closes WebSockets with: those of the graphql-transport-ws protocol,
 * and three of WebSocket itself where the protocol has none. The stock client comes back after
 * 1001, 1013, 4403, 4408 and 4413, and gives up after the others.
 */
export const CloseCode = {
  /** Draining: connect again. */
  goingAway: 1001,
  /** Too many sockets, or credentials cannot be checked now: try later. */
  tryAgainLater: 1013,
  /** The client broke the protocol. */
  badRequest: Protocol.BadRequest,
  /** An operation before the acknowledgement. */
  unauthorized: Protocol.Unauthorized,
  /** The credential is missing, wrong, expired or revoked: come back with a fresh one. */
  forbidden: Protocol.Forbidden,
  /** No acceptable subprotocol. */
  subprotocolNotAcceptable: Protocol.SubprotocolNotAcceptable,
  /** No connection_init in time. */
  initTimeout: Protocol.ConnectionInitialisationTimeout,
  /** Two running operations with one id. */
  subscriberAlreadyExists: Protocol.SubscriberAlreadyExists,
  /** The reader stayed full for too long. */
  tooSlow: 4413,
  /** A second connection_init. */
  tooManyInits: Protocol.TooManyInitialisationRequests,
} as const;
