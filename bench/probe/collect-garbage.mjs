import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Loaded before a server with `node --import`: on SIGUSR2 it collects garbage. Before, it makes so much that every page of both halves
 * of the young generation has been used, since a page counts as memory from its first use on.
 */

const YOUNG_BYTES = 32 * 1024 ** 2;
const PIECE_BYTES = 8 * 128;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
process.on('SIGUSR2', () => {
  for (let made = 0; made < 3 * YOUNG_BYTES; made += PIECE_BYTES) {
    Array.from({ length: PIECE_BYTES / 8 }, () => 0);
  }
  collect();
});
