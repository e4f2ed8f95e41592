import { hrefOf, useRoute } from './hooks/use-route.ts';
import { AnalysisPage } from './components/analysis-page.tsx';
import { ConnectionBanner } from './components/connection-banner.tsx';
import { JobsList } from './components/jobs-list.tsx';
import { StartPage } from './components/start-page.tsx';
import { TaskPage } from './components/task-page.tsx';

export function App() {
  const route = useRoute();
  return (
    <>
      <header className="site-header">
        <a className="brand" href={hrefOf({ page: 'start' })}>
          <img src="/icon.svg" alt="" width="28" height="28" />
          Recast
        </a>
      </header>
      <ConnectionBanner />
      <div className="layout">
        <main>
          {route.page === 'start' && <StartPage />}
          {route.page === 'analysis' && <AnalysisPage key={route.id} id={route.id} />}
          {route.page === 'task' && <TaskPage key={route.id} id={route.id} />}
        </main>
        <JobsList openId={route.page === 'start' ? null : route.id} />
      </div>
    </>
  );
}
