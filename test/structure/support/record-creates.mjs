import { appendFileSync } from 'node:fs';
import { Session } from 'node:inspector';

/*
 * A plugin that writes, for each create, which files of the gateway had a function run from where its resolver hands on to
 * where it has the answer: a JSON list, on a line of the file CREATES_FILE. SOURCES_URL is where the gateway's sources are.
 */

const { CREATES_FILE, SOURCES_URL } = process.env;
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
function filesSince() {
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

export default {
  onExecute({ args: { contextValue } }) {
    const { jobs } = contextValue;
    contextValue.jobs = {
      ...jobs,
      async createHeadSwapTask(...given) {
        filesSince();
        const task = await jobs.createHeadSwapTask(...given);
        appendFileSync(CREATES_FILE, `${JSON.stringify(filesSince())}\n`);
        return task;
      },
    };
  },
};
