import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../src/media/fetching/public-address.ts';

describe('isPublicAddress', () => {
  it.each(['1.1.1.1', '93.184.216.34', '2606:4700:4700::1111', '::ffff:1.1.1.1'])(
    '%s is public',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each([
    ['loopback', '127.0.0.1'],
    ['loopback', '127.8.9.1'],
    ['loopback', '::1'],
    ['this network', '0.0.0.0'],
    ['unspecified', '::'],
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private', '192.168.1.1'],
    ['carrier-grade', '100.64.0.1'],
    ['metadata', '169.254.169.254'],
    ['metadata', 'fd00:ec2::254'],
    ['metadata', '100.100.100.200'],
    ['link-local', 'fe80::1'],
    ['unique local', 'fc00::1'],
    ['site-local', 'fec0::1'],
    ['multicast', '224.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['documentation', '203.0.113.1'],
    ['documentation', '2001:db8::1'],
    ['reserved', '240.0.0.1'],
    ['private, mapped', '::ffff:10.0.0.1'],
    ['translated', '64:ff9b::a00:1'],
    ['tunnelled', '2002:7f00:1::'],
    ['tunnelled', '2001::1'],
    ['no address', 'example.com'],
    ['no address', ''],
  ])('%s %s is not', (_, address) => expect(isPublicAddress(address)).toBe(false));
});
