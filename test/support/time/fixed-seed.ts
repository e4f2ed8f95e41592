import * as fc from 'fast-check';

/*
 * The same properties are tried with the same values each time. `npm run fuzz` tries others.
 */
fc.configureGlobal({ seed: 4711 });
