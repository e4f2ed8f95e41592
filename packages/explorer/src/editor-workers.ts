import type { Environment } from 'monaco-editor';
import type { PageData } from './page.ts';

/** Lets the editor have its workers, from blobs. */
export function serveEditorWorkers(programs: PageData['workers']): void {
  const urls = new Map(
    Object.entries(programs).map(([label, program]) => [
      label,
      URL.createObjectURL(new Blob([program], { type: 'text/javascript' })),
    ]),
  );
  const editor = urls.get('editor') ?? '';
  const environment: Environment = {
    getWorker: (_moduleId, label) => new Worker(urls.get(label) ?? editor, { name: label }),
  };
  Object.assign(globalThis, { MonacoEnvironment: environment });
}
