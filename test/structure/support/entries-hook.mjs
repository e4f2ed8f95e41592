import { parse } from 'acorn';

/* A loader that has each function of the gateway's sources say that it is entered. SOURCES_URL is where they are. */

const { SOURCES_URL } = process.env;

/** For threads of loaders, which is what Node 20 has. */
export async function load(url, context, nextLoad) {
  return toldOf(url, await nextLoad(url, context));
}

/** For hooks in the thread itself. */
export function loadSync(url, context, nextLoad) {
  return toldOf(url, nextLoad(url, context));
}

function toldOf(url, loaded) {
  if (!url.startsWith(SOURCES_URL) || loaded.format !== 'module') return loaded;
  const file = url.slice(SOURCES_URL.length).replace(/\?.*$/, '');
  return { ...loaded, source: withEntries(String(loaded.source), file) };
}

function withEntries(source, file) {
  const said = `globalThis.enterFile?.(${JSON.stringify(file)})`;
  const insertions = functionsIn(parse(source, { ecmaVersion: 'latest', sourceType: 'module' }))
    .map(({ body }) => body)
    .flatMap(({ type, start, end }) =>
      type === 'BlockStatement'
        ? [[start + 1, `${said};`]]
        : [
            [start, `(${said},(`],
            [end, '))'],
          ],
    )
    .sort(([one], [other]) => one - other);
  let [told, done] = ['', 0];
  for (const [at, text] of insertions) {
    told += source.slice(done, at) + text;
    done = at;
  }
  return told + source.slice(done);
}

/** All but constructors, in which nothing may come before `super`. */
function functionsIn(node) {
  if (Array.isArray(node)) return node.flatMap(functionsIn);
  if (typeof node?.type !== 'string') return [];
  const within = Object.entries(node).flatMap(([name, child]) =>
    node.kind === 'constructor' && name === 'value' ? functionsIn(child.body) : functionsIn(child),
  );
  return /Function/.test(node.type) ? [node, ...within] : within;
}
