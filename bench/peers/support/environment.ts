function needed(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set.`);
  return value;
}

/** Where to listen, on loopback. */
export const port = Number(needed('PORT'));
/** The stand-in for AKOOL, and the key by which it counts this peer's calls. */
export const baseUrl = needed('AKOOL_BASE_URL');
export const apiKey = needed('AKOOL_API_KEY');
/** How often a watched task is read, in ms. */
export const pollMs = Number(process.env['POLL_MS'] ?? '2000');
