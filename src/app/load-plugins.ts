import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError, shown } from '../config/mistakes.ts';
import { codeOf, messageOf } from '../runtime/errors.ts';
import type { GatewayPlugin } from '../server/yoga.ts';

/** What Envelop, Yoga and its HTTP server look for in a plugin. */
const HOOKS = new Set([
  'instrumentation',
  'onContextBuilding',
  'onDispose',
  'onEnveloped',
  'onExecute',
  'onExecutionResult',
  'onParams',
  'onParse',
  'onPluginInit',
  'onRequest',
  'onRequestParse',
  'onResponse',
  'onResultProcess',
  'onSchemaChange',
  'onSubscribe',
  'onValidate',
  'onYogaInit',
]);

/** The hooks that run once, when the server is made. */
const FIRST_HOOKS = ['onPluginInit', 'onYogaInit', 'onSchemaChange'];

/**
 * The plugins of modules: files, relative to the working directory, or packages. Each exports a
 * plugin, or a list of them, as its default. Rejects with a ConfigError that names the first module
 * that is none, and why. Plugins of a module that fails later, when the server is made, are named
 * likewise.
 */
export async function loadPlugins(modules: readonly string[]): Promise<readonly GatewayPlugin[]> {
  const plugins: GatewayPlugin[] = [];
  for (const module of modules) {
    const given = await defaultOf(module);
    const list: readonly unknown[] = Array.isArray(given) ? given : [given];
    if (list.length === 0) throw mistake(module, 'Its default export is an empty list.');
    for (const [at, plugin] of list.entries()) {
      const which = Array.isArray(given)
        ? `Entry ${at} of its default export`
        : 'Its default export';
      plugins.push(pluginOf(module, which, plugin));
    }
  }
  return plugins;
}

async function defaultOf(module: string): Promise<unknown> {
  const isFile = /^(?:\.{0,2}\/|[a-z]:[\\/])/i.test(module);
  let exported: object;
  try {
    exported = await import(isFile ? pathToFileURL(resolve(module)).href : module);
  } catch (error) {
    const isMissing = codeOf(error) === 'ERR_MODULE_NOT_FOUND';
    const where = isFile
      ? 'Files are looked for from the working directory.'
      : 'As a file it begins with ./ or /.';
    throw mistake(
      module,
      `It cannot be loaded: ${firstLine(messageOf(error))}${isMissing ? ` ${where}` : ''}`,
    );
  }
  if (!('default' in exported)) {
    throw mistake(
      module,
      'It has no default export; a plugin, or a list of them, is expected there.',
    );
  }
  return exported.default;
}

function pluginOf(module: string, which: string, plugin: unknown): GatewayPlugin {
  if (typeof plugin === 'function') {
    throw mistake(
      module,
      `${which} is a function. Call it, as in export default useSomething({}).`,
    );
  }
  if (!isPlugin(plugin)) {
    const hooks = 'onParse, onValidate, onExecute and onSubscribe';
    throw mistake(module, `${which} is no plugin: an object with hooks such as ${hooks}.`);
  }
  return withNamedFailures(module, plugin);
}

function isPlugin(plugin: unknown): plugin is GatewayPlugin {
  return (
    typeof plugin === 'object' &&
    plugin !== null &&
    Object.keys(plugin).some((key) => HOOKS.has(key))
  );
}

/** The same plugin; what fails in it while the server is made is told with its module. */
function withNamedFailures(module: string, plugin: GatewayPlugin): GatewayPlugin {
  const named: Record<string, unknown> = { ...plugin };
  for (const hook of FIRST_HOOKS) {
    const run = named[hook];
    if (typeof run !== 'function') continue;
    named[hook] = (...args: unknown[]): unknown => {
      try {
        return Reflect.apply(run, plugin, args);
      } catch (error) {
        throw mistake(module, `Its ${hook} fails: ${firstLine(messageOf(error))}`);
      }
    };
  }
  return named;
}

function mistake(module: string, right: string): ConfigError {
  return new ConfigError([
    { variable: 'GATEWAY_PLUGINS', found: shown('GATEWAY_PLUGINS', module), right },
  ]);
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
