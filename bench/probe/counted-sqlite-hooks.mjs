/** Puts counted-sqlite.mjs in the place of the SQLite driver, for all but itself. */

const DRIVER = '@photostructure/sqlite';
const counted = new URL('counted-sqlite.mjs', import.meta.url).href;

export async function resolve(specifier, context, nextResolve) {
  if (specifier !== DRIVER) return nextResolve(specifier, context);
  const { url } = await nextResolve(specifier, context);
  return { url: `${counted}?driver=${encodeURIComponent(url)}`, shortCircuit: true };
}
