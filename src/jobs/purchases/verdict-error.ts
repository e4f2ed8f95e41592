import {
  AkoolRejectedError,
  AkoolUnavailableError,
  BillingError,
  type ExpectedError,
} from '../../domain/errors.ts';
import type { Verdict } from '../../store/purchase.ts';

/** What a caller is told of a create that bought nothing: the same to whoever waited for it, at whichever instance. */
export function errorOf(verdict: Verdict): ExpectedError {
  switch (verdict.kind) {
    case 'billing':
      return new BillingError(verdict.code, verdict.message);
    case 'rejected':
      return new AkoolRejectedError(verdict.code, verdict.message);
    case 'unavailable':
      return new AkoolUnavailableError(verdict.retryAfterSeconds);
  }
}
