import { pick, useGraphiQL } from '@graphiql/react';
import { useEffect } from 'react';
import type { StoryIds } from './story-ids.ts';

interface Props {
  readonly ids: StoryIds;
  /** The headers that were sent last, as the pane shows them; empty: none. */
  readonly lastHeaders: () => string;
}

/**
 * Fills the ids of the tabs before into the open one, when it is opened and when an answer comes after that, and the headers of the
 * last request into a pane that has none.
 */
export function TabFiller({ ids, lastHeaders }: Props): null {
  const { tabs, activeTabIndex, variableEditor, headerEditor } = useGraphiQL(
    pick('tabs', 'activeTabIndex', 'variableEditor', 'headerEditor'),
  );
  const tabId = tabs[activeTabIndex]?.id;
  useEffect(() => {
    if (tabId === undefined || !variableEditor) return;
    const fill = (): void => {
      const variables = variableEditor.getValue();
      const filled = ids.fill(tabId, variables);
      if (filled !== variables) variableEditor.setValue(filled);
    };
    fill();
    return ids.subscribe(fill);
  }, [tabId, variableEditor, ids]);
  useEffect(() => {
    if (tabId === undefined || !headerEditor) return;
    if (headerEditor.getValue().trim() === '') headerEditor.setValue(lastHeaders());
  }, [tabId, headerEditor, lastHeaders]);
  return null;
}
