import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Whether an IP address is one of the public internet's. Private, loopback, link-local,
 * carrier-grade, multicast, reserved and documentation addresses are not, clouds' metadata services
 * therefore neither; an IPv4 address inside an IPv6 one is judged as the IPv4 address that it
 * reaches. What is no address is not public.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  // Only global unicast addresses are ranged so; translated and tunnelled ones have names of their
  // own.
  return ipaddr.process(address).range() === 'unicast';
}
