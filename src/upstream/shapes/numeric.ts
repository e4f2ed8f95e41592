import { z } from 'zod';

/**
 * As JSON writes numbers: no blanks, no sign in front but minus, no hexadecimal digits, no leading
 * zeros.
 */
const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * A number however AKOOL spells it: as a JSON number, or as a string that is exactly a finite
 * decimal number. Every number of AKOOL's goes through here, since a status of "3" means nothing
 * else than 3.
 */
export const numeric = z
  .union([z.number(), z.string().regex(DECIMAL).transform(Number)])
  .pipe(z.number());

/** A numeric that fits GraphQL's Int, which obj_id, sizes and codes become. */
export const numericInt = numeric.pipe(z.int32());

/** Instants that a Date can hold, in milliseconds since the epoch. */
const milliseconds = z.int().min(0).max(8.64e15);

/**
 * An instant, in milliseconds since the epoch: a numeric, or ISO 8601 text that says its offset.
 */
export const instant = z.union([
  numeric.pipe(milliseconds),
  z.iso.datetime({ offset: true }).transform(Date.parse).pipe(milliseconds),
]);
