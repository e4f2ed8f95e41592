import { MIMEType } from 'node:util';

/** A comma that parts elements of a list, and none within a quoted text. */
const ELEMENTS = /(?:[^,"]|"(?:\\.|[^"\\])*"?)+/g;

/**
 * A media type as a header has it, its parameters by their names in lower case; null: it is none.
 */
export function readMediaType(text: string): MIMEType | null {
  try {
    return new MIMEType(text);
  } catch {
    return null;
  }
}

/** The media types, or ranges of them, of a list; what is none is left out. */
export function readMediaTypes(list: string): MIMEType[] {
  const elements = list.match(ELEMENTS) ?? [];
  return elements.map(readMediaType).filter((type) => type !== null);
}
