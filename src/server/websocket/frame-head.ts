/**
 * The head of an unmasked WebSocket text frame (RFC 6455, 5.2) for a payload of `size` bytes, as a
 * latin1 string.
 */
export function frameHead(size: number): string {
  if (size < 126) return '\x81' + String.fromCharCode(size);
  if (size < 65_536) return '\x81\x7e' + String.fromCharCode(size >> 8, size & 255);
  return (
    '\x81\x7f\0\0\0\0' +
    String.fromCharCode(size >>> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255)
  );
}
