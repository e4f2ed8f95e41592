import { GraphQLError, parse, type ASTVisitor, type ValidationContext } from 'graphql';
import { describe, expect, it } from 'vitest';
import { connectRaw } from '../conformance/support/raw-socket.ts';
import { codeOf, useToyServers } from '../conformance/support/use-toy-servers.ts';
import type { ToyServer } from '../conformance/support/toy-server.ts';
import { until } from '../support/processes/until.ts';

const { start, post } = useToyServers();

const BUY = 'mutation { buy }';

/** What the three transports answer. */
async function answersOf(at: ToyServer, query: string): Promise<string[]> {
  const json = await post({ query }, {}, at);
  const events = await post({ query }, { accept: 'text/event-stream' }, at);
  const socket = await connectRaw(at.url);
  socket.send({ id: '1', type: 'subscribe', payload: { query } });
  return [json.text, events.text, JSON.stringify(await socket.next())];
}

describe("an operator's plugin", () => {
  it.each(['onParse', 'onValidate', 'onContextBuilding', 'onExecute'])(
    'that fails in %s is masked on every transport, and harms nobody else',
    async (hook) => {
      let fails = true;
      const plugin = {
        [hook]() {
          if (fails) throw new Error('the-secret-inside');
        },
      };
      const at = await start({ plugins: [plugin] });
      for (const answer of await answersOf(at, '{ hello }')) {
        expect(answer).toContain('"INTERNAL"');
        expect(answer).not.toContain('the-secret-inside');
      }
      expect(at.errors).toHaveLength(3);
      fails = false;
      for (const answer of await answersOf(at, '{ hello }')) expect(answer).toContain('world');
    },
  );

  it('has its own rules asked on every transport, known document or not', async () => {
    const noHello = (context: ValidationContext): ASTVisitor => ({
      Field(node) {
        if (node.name.value === 'hello') {
          context.reportError(new GraphQLError('Say something else.', { nodes: node }));
        }
      },
    });
    const at = await start({
      plugins: [{ onValidate: ({ addValidationRule }) => addValidationRule(noHello) }],
    });
    for (const query of ['{ hello }', '{ hello }', '{ hello missing }']) {
      for (const answer of await answersOf(at, query)) {
        expect(answer).toContain('Say something else.');
        expect(answer).toContain('GRAPHQL_VALIDATION_FAILED');
      }
    }
    for (const answer of await answersOf(at, '{ team }')) expect(answer).toContain('default');
  });

  it('cannot put a document past the limits, or past the schema', async () => {
    const tooMany = parse(`{ ${Array.from({ length: 60 }, (_, n) => `a${n}: hello`).join(' ')} }`);
    const unknown = parse('{ nope }');
    const put = (document: unknown) =>
      start({ plugins: [{ onParse: ({ setParsedDocument }) => setParsedDocument(document) }] });
    for (const answer of await answersOf(await put(tooMany), BUY))
      expect(answer).toContain('OPERATION_TOO_COMPLEX');
    const at = await put(unknown);
    for (const answer of await answersOf(at, BUY))
      expect(answer).toContain('GRAPHQL_VALIDATION_FAILED');
    expect(at.bought).toEqual([]);
  });

  it('sees what is refused, and the callers and parameters of what is not', async () => {
    const seen: unknown[] = [];
    const at = await start({
      plugins: [
        {
          onParse: () => (after: { result: unknown; context: { caller: { team: string } } }) => {
            const refused = after.result instanceof Error;
            seen.push([after.context.caller.team, refused]);
          },
          onSubscribe: () => ({
            onSubscribeResult: () => ({ onEnd: () => seen.push('end') }),
          }),
        },
      ],
    });
    await answersOf(at, '{ nope');
    await answersOf(at, '{ hello }');
    expect(seen).toEqual([true, true, true, false, false, false].map((it) => ['default', it]));
    at.jobs.set('a', { final: true });
    await answersOf(at, 'subscription { job(id: "a") { version } }');
    expect(seen.filter((one) => one === 'end').length).toBeGreaterThanOrEqual(1);
  });

  it('may answer a subscription itself, and its errors are masked', async () => {
    async function* events() {
      yield { data: { feed: 7 } };
      throw new Error('the-secret-inside');
    }
    const at = await start({
      plugins: [
        {
          onSubscribe: ({ setSubscribeFn }: { setSubscribeFn(subscribe: unknown): void }) =>
            setSubscribeFn(() => events()),
        },
      ],
    });
    const query = 'subscription { feed }';
    const stream = await post({ query }, { accept: 'text/event-stream' }, at);
    expect(stream.text).toMatch(/"feed":7[^]*"INTERNAL"[^]*event: complete/);
    expect(stream.text).not.toContain('the-secret-inside');
    const socket = await connectRaw(at.url);
    socket.send({ id: 's', type: 'subscribe', payload: { query } });
    expect((await socket.next()).payload.data.feed).toBe(7);
    const error = await socket.next();
    expect(error).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'INTERNAL' } }] });
    expect(JSON.stringify(error)).not.toContain('the-secret-inside');
  });

  it('whose stream throws when it is told that nobody reads any more harms nobody', async () => {
    const events = {
      next: () => new Promise(() => {}),
      return() {
        throw new Error('the-secret-inside');
      },
      [Symbol.asyncIterator]: () => events,
    };
    const plugin = {
      onSubscribe: ({ setSubscribeFn }: { setSubscribeFn(subscribe: unknown): void }) =>
        setSubscribeFn(() => events),
    };
    const at = await start({ plugins: [plugin] });
    const stream = await fetch(`${at.url}/graphql?query=subscription%7Bfeed%7D`, {
      headers: { accept: 'text/event-stream' },
    });
    await stream.body?.cancel();
    await until(() => at.errors.length === 1);
    expect((await post({ query: '{ hello }' }, {}, at)).status).toBe(200);
  });

  it('is asked about nothing that the gates refuse before', async () => {
    let asked = 0;
    const at = await start({ plugins: [{ onRequestParse: () => void (asked += 1) }] });
    const foreign = await post({ query: BUY }, { origin: 'https://evil.example' }, at);
    expect([foreign.status, codeOf(foreign), asked]).toEqual([403, 'BAD_REQUEST', 0]);
    expect((await post({ query: '{ hello }' }, {}, at)).status).toBe(200);
    expect(asked).toBe(1);
  });
});
