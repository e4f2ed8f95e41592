import { pick, useGraphiQL } from '@graphiql/react';
import { useEffect } from 'react';

/** Small enough for the shipped comments at 1,280 pixels; what is wider than its pane goes on in the next line. */
const OPTIONS = { fontSize: 13, wordWrap: 'on' } as const;

/** Gives GraphiQL's editors their type size, and lets no line run out of its pane. */
export function EditorOptions(): null {
  const { queryEditor, variableEditor, headerEditor, responseEditor } = useGraphiQL(
    pick('queryEditor', 'variableEditor', 'headerEditor', 'responseEditor'),
  );
  useEffect(() => {
    for (const editor of [queryEditor, variableEditor, headerEditor, responseEditor]) {
      editor?.updateOptions(OPTIONS);
    }
  }, [queryEditor, variableEditor, headerEditor, responseEditor]);
  return null;
}
