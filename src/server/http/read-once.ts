import {
  credentialsOfHeaders,
  identify,
  type Authenticate,
  type Identity,
} from '../../auth/credentials.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { HttpContext, PostedParams } from '../operation-context.ts';
import { readBody } from './body.ts';
import { paramsOfBody } from './request-params.ts';

/** Who asks; checked when it is first asked for, and told at once where nobody has to be asked. */
export function identifyOnce(
  context: HttpContext,
  parts: { readonly authenticate: Authenticate; readonly clock: Clock },
): Identity | Promise<Identity> {
  const { req, trace } = context;
  if (context.identity === undefined) {
    context.identity = identify(credentialsOfHeaders(req.headers), parts, trace);
  }
  return context.identity;
}

/** The parameters of a POST; read when they are first asked for. */
export function paramsOnce(context: HttpContext, bodyBytes: number): Promise<PostedParams> {
  context.posted ??= readBody(context.req, bodyBytes).then((body) =>
    typeof body === 'string' ? body : paramsOfBody(body),
  );
  return context.posted;
}
