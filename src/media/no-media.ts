import { InvalidInputError, NotFoundError } from '../domain/errors.ts';
import type { Media } from './media.ts';

/**
 * A gateway that keeps no files: nothing is copied, and uploads are refused with what the operator
 * has to set.
 */
export const noMedia: Media = {
  copies: false,
  readCopies: async () => [],
  linkTo: async () => null,
  uploads: {
    create: async () => {
      const message =
        'cannot be served: this gateway keeps no files until the operator sets MEDIA_URL to a bucket';
      throw new InvalidInputError([{ path: ['purpose'], message }]);
    },
    finish: async () => {
      throw new NotFoundError('No such upload.');
    },
    read: async () => null,
    placeOf: async () => null,
    isExpired: () => true,
    receive: async () => ({ kind: 'no place' }),
    checkUrls: async (_team, urls) => urls.map(() => null),
  },
  openLink: () => null,
  sizeOf: async () => null,
  read: async () => null,
};
