/** The URL that a text is, relative to `base` where one is given; null: it is none. */
export function parseUrl(text: string, base?: string): URL | null {
  // On Node 20 and 22 URL.canParse refuses hosts with letters such as ä once it is called often.
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}
