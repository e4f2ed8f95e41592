/** Sends an operation; the data of its answer. Throws at an answer with errors. */
export async function ask<Data>(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Data> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors }: { data: Data; errors?: unknown } = await response.json();
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}

/** The events of a subscription over server-sent events, until it completes. */
export async function watch<Data>(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<Data[]> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  return [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, event = '']) => {
    const { data, errors }: { data: Data; errors?: unknown } = JSON.parse(event);
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    return data;
  });
}
