import { appendFileSync } from 'node:fs';
import { filesSince } from './files-run.mjs';

/*
 * A plugin that writes, for each create, which files of the gateway had a function run from where its resolver hands on to
 * where it has the answer: a JSON list, on a line of the file RECORD_FILE.
 */

const { RECORD_FILE } = process.env;

export default {
  onExecute({ args: { contextValue } }) {
    const { jobs } = contextValue;
    contextValue.jobs = {
      ...jobs,
      async createHeadSwapTask(...given) {
        filesSince();
        const task = await jobs.createHeadSwapTask(...given);
        appendFileSync(RECORD_FILE, `${JSON.stringify(filesSince())}\n`);
        return task;
      },
    };
  },
};
