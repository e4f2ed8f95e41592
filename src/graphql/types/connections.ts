import { builder } from '../builder.ts';
import { AnalysisRef, HeadSwapTaskRef } from '../refs.ts';

/** A page of analyses. */
export const AnalysisConnection = builder.connectionObject(
  {
    name: 'AnalysisConnection',
    type: AnalysisRef,
    description: 'A page of analyses, newest first.',
  },
  { name: 'AnalysisEdge', description: 'One analysis and its place in the list.' },
);

/** A page of head swap tasks. */
export const HeadSwapTaskConnection = builder.connectionObject(
  {
    name: 'HeadSwapTaskConnection',
    type: HeadSwapTaskRef,
    description: 'A page of head swap tasks, newest first.',
  },
  { name: 'HeadSwapTaskEdge', description: 'One head swap task and its place in the list.' },
);
