/** The part of the gateway's schema that the bench asks for. */
export const typeDefinitions = /* GraphQL */ `
  type HeadSwapTask {
    id: ID!
    status: String!
    progress: Float!
    outputUrl: String
    resolution: String
    durationSeconds: Float
    fileName: String
  }
  type Query {
    headSwapTask(id: ID!): HeadSwapTask
  }
  type Subscription {
    headSwapTaskStatusChanged(id: ID!): HeadSwapTask!
  }
`;
