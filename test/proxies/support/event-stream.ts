/** A subscription by GraphQL over SSE. */
export interface EventStream {
  /** Every state with when it came. */
  readonly states: { readonly at: number; readonly status: string; readonly version: number }[];
  /** `complete`: the subscription completed. `ended`: the stream ended without. `broken`: it ended amid a chunk. */
  end(): 'complete' | 'ended' | 'broken' | null;
}

const WATCH =
  'subscription($id: ID!) { headSwapTaskStatusChanged(id: $id) { status version progress } }';

/** Watches a task. Events are told when their bytes come, not when a client has gathered and parsed them. */
export function openEventStream({ url }: { readonly url: string }, id: string): EventStream {
  const states: EventStream['states'] = [];
  let end: ReturnType<EventStream['end']> = null;
  const read = async (): Promise<void> => {
    const { body } = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: WATCH, variables: { id } }),
    });
    if (body === null) return;
    let text = '';
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const [, data] = /^data: (\{.*\})$/m.exec(event) ?? [];
        if (data !== undefined) {
          const { headSwapTaskStatusChanged: state } = JSON.parse(data).data;
          states.push({ at: Date.now(), status: state.status, version: state.version });
        }
        if (event.startsWith('event: complete')) end = 'complete';
      }
    }
    end ??= 'ended';
  };
  read().catch(() => {
    end ??= 'broken';
  });
  return { states, end: () => end };
}
