import { usePrometheus } from '@envelop/prometheus';

export default usePrometheus({
  metrics: {
    graphql_envelop_request: true,
    graphql_envelop_phase_execute: true,
    graphql_envelop_phase_subscribe: true,
  },
});
