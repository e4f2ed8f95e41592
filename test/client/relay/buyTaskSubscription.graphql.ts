/**
 * @generated SignedSource<<c05eda72445245fff801fcfa638dce6f>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type JobStatus = "COMPLETED" | "FAILED" | "PROCESSING" | "QUEUED" | "%future added value";
export type buyTaskSubscription$variables = {
  id: string;
};
export type buyTaskSubscription$data = {
  readonly headSwapTaskStatusChanged: {
    readonly id: string;
    readonly outputUrl: string | null | undefined;
    readonly progress: number;
    readonly status: JobStatus;
    readonly version: number;
  };
};
export type buyTaskSubscription = {
  response: buyTaskSubscription$data;
  variables: buyTaskSubscription$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "id"
  }
],
v1 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "id",
        "variableName": "id"
      }
    ],
    "concreteType": "HeadSwapTask",
    "kind": "LinkedField",
    "name": "headSwapTaskStatusChanged",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "id",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "status",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "progress",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "version",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "outputUrl",
        "storageKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "buyTaskSubscription",
    "selections": (v1/*:: as any*/),
    "type": "Subscription",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "buyTaskSubscription",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "72e11aa5b0dad7a13c4c37e9010510ec",
    "id": null,
    "metadata": {},
    "name": "buyTaskSubscription",
    "operationKind": "subscription",
    "text": "subscription buyTaskSubscription(\n  $id: ID!\n) {\n  headSwapTaskStatusChanged(id: $id) {\n    id\n    status\n    progress\n    version\n    outputUrl\n  }\n}\n"
  }
};
})();

(node as any).hash = "ba7e8dd7d3f61c10df76114d70e50665";

export default node;
