/** The endpoints of AKOOL that the sandbox has. */
export type Endpoint = 'analyze' | 'analyzeDetail' | 'create' | 'taskDetail' | 'getToken' | 'quota';

/** The endpoint of each method and path. */
export const ROUTES: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ['POST /api/open/v4/headswap/analyze', 'analyze'],
  ['GET /api/open/v4/headswap/analyze/detail', 'analyzeDetail'],
  ['POST /api/open/v4/headswap/task/create', 'create'],
  ['GET /api/open/v4/headswap/task/detail', 'taskDetail'],
  ['POST /api/open/v3/getToken', 'getToken'],
  ['GET /api/open/v3/faceswap/quota/info', 'quota'],
]);
