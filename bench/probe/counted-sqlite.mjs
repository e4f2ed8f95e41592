/** The SQLite driver, counting. Its methods cannot be replaced where they are, only on each object. */

const driver = await import(new URL(import.meta.url).searchParams.get('driver'));
const count = globalThis[Symbol.for('bench.countStatement')];

function counted(object, ...names) {
  for (const name of names) {
    const method = object[name].bind(object);
    Object.defineProperty(object, name, {
      value: (...args) => {
        count();
        return method(...args);
      },
    });
  }
  return object;
}

export const DatabaseSync = function CountedDatabaseSync(...args) {
  const database = counted(new driver.DatabaseSync(...args), 'exec');
  const prepare = database.prepare.bind(database);
  Object.defineProperty(database, 'prepare', {
    value: (...prepareArgs) => counted(prepare(...prepareArgs), 'all', 'get', 'run', 'iterate'),
  });
  return database;
};
export const { StatementSync, SQLTagStore, Session, backup, constants, enhance, isEnhanced } =
  driver;
