import type { Asset } from './assets.ts';

/** What a request for a file gets, apart from the part of it that it asked for. */
export type FileAnswer =
  | {
      readonly kind: 'file';
      readonly asset: Asset;
      /** The `Content-Type`. */
      readonly type: string;
      /** Whether pages of another origin may read it. */
      readonly cors: boolean;
      /** Half of the announced bytes are sent, then the connection ends. */
      readonly truncated: boolean;
    }
  /** It is at this URL. */
  | { readonly kind: 'redirect'; readonly location: string }
  /** It cannot be read yet, although its URL was told. */
  | { readonly kind: 'forbidden' }
  /** A page for people takes its place, with HTTP 200. */
  | { readonly kind: 'html' }
  /** It was there. */
  | { readonly kind: 'expired' };
