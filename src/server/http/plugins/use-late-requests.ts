import type { Plugin } from 'graphql-yoga';

/** What a Request is made of, and the Request once it is there. */
interface Late {
  readonly input: string;
  readonly init: RequestInit | undefined;
  whole: Request | null;
}

/**
 * Yoga makes a Request of each request before it asks the first plugin, with a URL, headers and a
 * body, and most are answered without a look at it. With this it is made when something of it is
 * looked at.
 */
export function useLateRequests(): Plugin {
  return {
    onYogaInit({ yoga }) {
      yoga.fetchAPI.Request = lateRequests(yoga.fetchAPI.Request);
    },
  };
}

function lateRequests(Whole: typeof Request): typeof Request {
  const wholeOf = (late: Late): Request => (late.whole ??= new Whole(late.input, late.init));
  const handler: ProxyHandler<Late> = {
    get(late, name) {
      if (name === 'url') return late.input;
      // Yoga's own, asked for in advance; where it is not there, it is made of `url` when needed.
      if (name === 'parsedUrl' && late.whole === null) return undefined;
      const whole = wholeOf(late);
      const value: unknown = Reflect.get(whole, name, whole);
      return typeof value === 'function' ? value.bind(whole) : value;
    },
    set: (late, name, value) => Reflect.set(wholeOf(late), name, value),
    has: (late, name) => Reflect.has(wholeOf(late), name),
    getPrototypeOf: () => Whole.prototype,
  };
  return new Proxy(Whole, {
    construct(_, [input, init]: [string | URL | Request, RequestInit | undefined]) {
      if (typeof input !== 'string') return new Whole(input, init);
      return new Proxy<Late>({ input, init, whole: null }, handler);
    },
  });
}
