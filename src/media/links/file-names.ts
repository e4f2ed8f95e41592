/** How files are called that are not called after their subtype. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  'video/quicktime': 'mov',
  'video/x-matroska': 'mkv',
  'video/x-m4v': 'm4v',
  'video/mp2t': 'ts',
  'image/jpeg': 'jpg',
};

/** The usual extension of a media type, without a dot. */
export function extensionOf(contentType: string): string {
  return (
    EXTENSIONS[contentType] ?? contentType.replace(/^[^/]*\/(x-)?/, '').replace(/[^a-z0-9]/g, '')
  );
}
