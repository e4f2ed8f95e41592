import { Session } from 'node:inspector';

/* Which files of the gateway have a function run. SOURCES_URL is where its sources are. */

const { SOURCES_URL } = process.env;
const session = new Session();
session.connect();

/** A session with the own process answers before `post` returns. */
function ask(method, parameters) {
  let answer;
  session.post(method, parameters, (error, result) => {
    if (error) throw new Error(error.message);
    answer = result;
  });
  return answer;
}

ask('Profiler.enable');
ask('Profiler.startPreciseCoverage', { callCount: true, detailed: false });

/** The files that had a function run since this was asked last. To be loaded is none. */
export function filesSince() {
  return ask('Profiler.takePreciseCoverage')
    .result.filter(({ url }) => url.startsWith(SOURCES_URL))
    .filter(({ functions }) =>
      functions.some(({ functionName, ranges: [{ startOffset, count }] }) => {
        const isModule = functionName === '' && startOffset === 0;
        return count > 0 && !isModule;
      }),
    )
    .map(({ url }) => url.slice(SOURCES_URL.length).replace(/\?.*$/, ''));
}
