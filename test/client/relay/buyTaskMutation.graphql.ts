/**
 * @generated SignedSource<<811ffe4edb7744a2da1f11a584a2d128>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type JobStatus = "COMPLETED" | "FAILED" | "PROCESSING" | "QUEUED" | "%future added value";
export type Resolution = "P480" | "P720" | "%future added value";
export type CreateHeadSwapTaskInput = {
  analysisId: string;
  idempotencyKey: string;
  keepOriginalSound?: boolean;
  mappings: ReadonlyArray<HeadMappingInput>;
  modelName?: string;
  resolution?: Resolution;
  templateId?: string | null | undefined;
};
export type HeadMappingInput = {
  faceUrl: string;
  objId: number;
};
export type buyTaskMutation$variables = {
  input: CreateHeadSwapTaskInput;
};
export type buyTaskMutation$data = {
  readonly createHeadSwapTask: {
    readonly __typename: string;
    readonly id?: string;
    readonly message?: string;
    readonly status?: JobStatus;
    readonly version?: number;
  } | null | undefined;
};
export type buyTaskMutation = {
  response: buyTaskMutation$data;
  variables: buyTaskMutation$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "input"
  }
],
v1 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "input",
        "variableName": "input"
      }
    ],
    "concreteType": null,
    "kind": "LinkedField",
    "name": "createHeadSwapTask",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "__typename",
        "storageKey": null
      },
      {
        "kind": "InlineFragment",
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
            "name": "version",
            "storageKey": null
          }
        ],
        "type": "HeadSwapTask",
        "abstractKey": null
      },
      {
        "kind": "InlineFragment",
        "selections": [
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "message",
            "storageKey": null
          }
        ],
        "type": "Error",
        "abstractKey": "__isError"
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
    "name": "buyTaskMutation",
    "selections": (v1/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "buyTaskMutation",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "06463db2850ec4ebf6506776de8c1dc9",
    "id": null,
    "metadata": {},
    "name": "buyTaskMutation",
    "operationKind": "mutation",
    "text": "mutation buyTaskMutation(\n  $input: CreateHeadSwapTaskInput!\n) {\n  createHeadSwapTask(input: $input) {\n    __typename\n    ... on HeadSwapTask {\n      id\n      status\n      version\n    }\n    ... on Error {\n      __isError: __typename\n      message\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "c6b9b52bc3ed5edad03e7555a3084c90";

export default node;
