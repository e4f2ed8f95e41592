import { createRoot } from 'react-dom/client';
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { EditorOptions } from './editor-options.tsx';
import { serveEditorWorkers } from './editor-workers.ts';
import { createExplorerStorage, rememberShippedTabs } from './explorer-storage.ts';
import { createFetcher } from './fetcher.ts';
import { createStoryIds } from './story-ids.ts';
import { TabFiller } from './tab-filler.tsx';

const { title, endpoint, tabs, workers } = globalThis.explorerPage;

serveEditorWorkers(workers);
const root = document.querySelector('#root');
if (root === null) throw new Error('The page has no place for the explorer.');

const parameters = new URLSearchParams(location.search);
const query = parameters.get('query');
const variables = parameters.get('variables');
if (query === null) rememberShippedTabs(localStorage, tabs);

const ids = createStoryIds(sessionStorage);
let lastHeaders = '';
const fetcher = createFetcher(endpoint, (result, headers) => {
  ids.note(result);
  lastHeaders = Object.keys(headers).length === 0 ? '' : JSON.stringify(headers, null, 2);
});

createRoot(root).render(
  <GraphiQL
    fetcher={fetcher}
    storage={createExplorerStorage(localStorage)}
    shouldPersistHeaders={false}
    schemaDescription
    inputValueDeprecation
    defaultEditorToolsVisibility="variables"
    defaultTabs={[...tabs]}
    {...(query !== null && { initialQuery: query, initialVariables: variables ?? '' })}
  >
    <GraphiQL.Logo>
      <span style={{ fontSize: 15, whiteSpace: 'nowrap' }}>{title}</span>
    </GraphiQL.Logo>
    <EditorOptions />
    <TabFiller ids={ids} lastHeaders={() => lastHeaders} />
  </GraphiQL>,
);
