import { pick, useGraphiQL } from '@graphiql/react';
import { useEffect } from 'react';
import type { StoryIds } from './story-ids.ts';

interface Props {
  readonly ids: StoryIds;
  /** The headers that were sent last, as the pane shows them; empty: none. */
  readonly lastHeaders: () => string;
}

/** Fills in, when a tab is opened, the ids of the tabs before, and the headers of the last request into a pane that has none. */
export function TabFiller({ ids, lastHeaders }: Props): null {
  const { tabs, activeTabIndex, variableEditor, headerEditor } = useGraphiQL(
    pick('tabs', 'activeTabIndex', 'variableEditor', 'headerEditor'),
  );
  const tabId = tabs[activeTabIndex]?.id;
  useEffect(() => {
    if (tabId === undefined || !variableEditor || !headerEditor) return;
    const variables = variableEditor.getValue();
    const filled = ids.fill(tabId, variables);
    if (filled !== variables) variableEditor.setValue(filled);
    if (headerEditor.getValue().trim() === '') headerEditor.setValue(lastHeaders());
  }, [tabId, variableEditor, headerEditor, ids, lastHeaders]);
  return null;
}
