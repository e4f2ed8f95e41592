import { builder } from './builder.ts';

builder.queryField('creditBalance', (t) =>
  t.float({
    nullable: true,
    description:
      "The credits that AKOOL says the team's account has, asked for at this moment. AKOOL's figure: credits set aside for running tasks may or may not be in it, it falls when a task is created, and it is no price. Null: AKOOL answered without a number.",
    resolve: (_root, _args, { caller, jobs }) => jobs.creditBalance(caller.team),
  }),
);
