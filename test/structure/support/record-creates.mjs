import { appendFileSync } from 'node:fs';
import { entriesSince } from './file-entries.mjs';

/*
 * A plugin that writes, for each create, which files of the gateway were entered from where its resolver hands on to where it
 * has the answer: a JSON list, on a line of the file RECORD_FILE.
 */

const { RECORD_FILE } = process.env;

export default {
  onExecute({ args: { contextValue } }) {
    const { jobs } = contextValue;
    contextValue.jobs = {
      ...jobs,
      async createHeadSwapTask(...given) {
        entriesSince();
        const task = await jobs.createHeadSwapTask(...given);
        appendFileSync(RECORD_FILE, `${JSON.stringify(entriesSince())}\n`);
        return task;
      },
    };
  },
};
