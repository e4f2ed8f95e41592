import { credentialsOfHeaders, identify, type Authenticate } from '../../auth/credentials.ts';
import type { Caller } from '../../domain/caller.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { HttpContext, PostedParams } from '../operation-context.ts';
import { readBody } from './body.ts';
import { paramsOfBody } from './request-params.ts';

/** Who asks; checked when it is first asked for. */
export async function identifyOnce(
  context: HttpContext,
  parts: { readonly authenticate: Authenticate; readonly clock: Clock },
): Promise<Caller | null | 'cannot tell'> {
  if (context.identity !== undefined) return context.identity;
  const { req, trace } = context;
  context.identity = await identify(credentialsOfHeaders(req.headers), parts, trace);
  return context.identity;
}

/** The parameters of a POST; read when they are first asked for. */
export async function paramsOnce(context: HttpContext, bodyBytes: number): Promise<PostedParams> {
  if (context.posted !== undefined) return context.posted;
  const body = await readBody(context.req, bodyBytes);
  context.posted = typeof body === 'string' ? body : paramsOfBody(body);
  return context.posted;
}
