import { onCredentialEnd } from '../../auth/credential-end.ts';
import { credentialsOfPayload, identify, type Authenticate } from '../../auth/credentials.ts';
import { createRequestTrace } from '../../log/request-trace.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { ServerLimits } from '../limits.ts';
import type { TeamQuota } from '../load/team-quota.ts';
import { CloseCode } from './close-code.ts';
import type { GatewaySocket } from './gateway-socket.ts';

/** What sockets are admitted by. */
export interface AdmissionParts {
  readonly authenticate: Authenticate;
  /** Of each team: its sockets and event streams. */
  readonly connections: TeamQuota;
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: ServerLimits;
}

/**
 * Lets a socket in that presents a credential, until that ends. False: it does not; the socket is
 * closed, or is to be with 4403. Its place among its team's is given back by whoever closes it.
 */
export async function admitSocket(
  socket: GatewaySocket,
  payload: unknown,
  parts: AdmissionParts,
): Promise<boolean> {
  const { connections, log } = parts;
  const caller = await identify(credentialsOfPayload(payload), parts, createRequestTrace(log));
  // It may have gone in the meantime, and would take a place that nobody gives back.
  if (!socket.open || caller === null) return false;
  if (caller === 'cannot tell') {
    socket.close(CloseCode.tryAgainLater, 'Credentials cannot be checked now');
    return false;
  }
  if (!connections.take(caller.team)) {
    socket.close(CloseCode.tryAgainLater, 'Too many connections');
    return false;
  }
  socket.caller = caller;
  socket.cancelCredentialEnd = onCredentialEnd(caller, parts, (how) =>
    socket.close(CloseCode.forbidden, `Credential ${how}`),
  );
  return true;
}
