import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { codeOf, post } from '../support/gateway/calling.ts';
import { startGateway, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { envFor, submitAnalysis } from '../support/gateway/stories.ts';
import { startTwoTeams } from '../support/gateway/two-teams.ts';
import { removeFolders } from '../support/processes/folder.ts';

const SERVICE = '{ _service { sdl } }';
const ENTITIES =
  'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Analysis { id status } } }';
const on = { FEDERATION: 'on' };

let upstreams: ScriptedUpstream[] = [];
afterEach(async () => {
  await stopGateways();
  for (const upstream of upstreams.splice(0)) await upstream.stop();
  removeFolders();
});

const start = async (env: Record<string, string>): Promise<Gateway> => {
  const upstream = await startScriptedUpstream();
  upstreams = [upstream];
  return startGateway({ env: { ...envFor(upstream), ...env } });
};

describe('a gateway that is a subgraph', () => {
  it('tells routers its schema as it is in schema/subgraph.graphql', async () => {
    const gateway = await start(on);
    const { data } = await gateway.ask(SERVICE);
    const printed = readFileSync(new URL('../../schema/subgraph.graphql', import.meta.url), 'utf8');
    expect(data._service.sdl).toBe(printed);
  });

  it('answers references over every transport alike, compiled or not', async () => {
    const gateway = await start(on);
    const id = await submitAnalysis(gateway);
    const r = [
      { __typename: 'Analysis', id },
      { __typename: 'Analysis', id: 'unknown' },
      { __typename: 'Person', id },
    ];
    const body = { query: ENTITIES, variables: { r } };
    const answers = [];
    // Seen often enough, a document is compiled.
    for (let times = 0; times < 4; times += 1)
      answers.push(JSON.parse((await post(gateway.url, body)).text));
    const events = await post(gateway.url, body, { accept: 'text/event-stream' });
    answers.push(JSON.parse(/^data: (\{.*\})$/m.exec(events.text)?.[1] ?? ''));
    const watching = gateway.watch(ENTITIES, { r });
    await watching.done;
    answers.push(...watching.events);
    for (const { data, errors } of answers) {
      expect(data).toEqual({ _entities: [{ id, status: 'QUEUED' }, null, null] });
      expect(errors).toMatchObject([
        { path: ['_entities', 2], extensions: { code: 'INVALID_INPUT' } },
      ]);
    }
    expect(answers).toHaveLength(6);
  });

  it('keeps to its limits and to its persisted operations', async () => {
    const gateway = await start(on);
    const r = Array.from({ length: 2_000 }, () => ({ __typename: 'Analysis', id: 'a' }));
    const query = ENTITIES.replace('status', 'persons { id objId previewUrl }');
    const costly = await post(gateway.url, { query, variables: { r } });
    expect(codeOf(costly)).toBe('OPERATION_TOO_COMPLEX');
    await stopGateways();
    const strict = await start({ ...on, PERSISTED_ONLY: 'true' });
    expect(codeOf(await post(strict.url, { query: SERVICE }))).toBe('OPERATION_NOT_ALLOWED');
  });

  it("answers null for another team's job", async () => {
    const { red, blue } = await startTwoTeams(on);
    upstreams = [red.upstream, blue.upstream];
    await red.submit();
    const id = await red.submit('https://example.com/red-2.mp4');
    const r = [{ __typename: 'Analysis', id }];
    expect((await red.ask(ENTITIES, { r })).data._entities).toEqual([{ id, status: 'COMPLETED' }]);
    expect(await blue.ask(ENTITIES, { r })).toEqual({ data: { _entities: [null] } });
  });

  it('is one only when it is told to', async () => {
    const gateway = await start({});
    expect(codeOf(await post(gateway.url, { query: SERVICE }))).toBe('GRAPHQL_VALIDATION_FAILED');
  });
});
