import type { HeadMapping, Resolution } from '../domain/job.ts';
import type { AnalysisObservation, TaskObservation } from '../domain/observation.ts';

/** What a create carries to AKOOL. Strings travel byte for byte. */
export interface TaskOrder {
  /** The very string that the analysis was submitted with. */
  readonly videoUrl: string;
  readonly mappings: readonly HeadMapping[];
  readonly modelName: string;
  readonly resolution: Resolution;
  readonly keepOriginalSound: boolean;
  readonly templateId: string | null;
  /** Null: AKOOL is to call nobody. */
  readonly webhookUrl: string | null;
}

/** When a submit or create may be sent. */
export interface SubmissionTiming {
  /** Not a byte is sent after this instant, in ms since the epoch by this machine's clock. */
  readonly startBy: number;
}

/**
 * What became of one submit or create. A submission never throws for anything AKOOL or the network
 * did, and is never sent twice. Messages are AKOOL's `msg`, at most 500 characters, secrets
 * removed; where something else than AKOOL refused, `code` is the HTTP status and the message is
 * ours.
 */
export type Submission<Seen> =
  | { readonly outcome: 'accepted'; readonly observation: Seen }
  | { readonly outcome: 'billing'; readonly code: number; readonly message: string }
  | { readonly outcome: 'rejected'; readonly code: number; readonly message: string }
  /**
   * AKOOL turned it away unread (1005, 429), or no byte of it left. `pauseMs`: how long AKOOL asks
   * the account to pause.
   */
  | { readonly outcome: 'unavailable'; readonly pauseMs: number | null }
  /**
   * It may have been accepted. `reason` is a short phrase of ours for the log; `words`: what AKOOL
   * said, if anything.
   */
  | { readonly outcome: 'unknown'; readonly reason: string; readonly words?: string };

/**
 * What a submit or create that AKOOL answered with 1015, and without a job, is taken for; see
 * docs/akool-api.md.
 */
export type ProcessingErrorPolicy = 'refused' | 'unknown';

/** Why a read failed. */
export type UpstreamFaultKind =
  /**
   * Not reached, too slow, 5xx, told to slow down, or a code that says to try later (or that is not
   * documented).
   */
  | 'unavailable'
  /** AKOOL refused with a documented code. */
  | 'rejected'
  /** The answer was not what the wire contract says. */
  | 'protocol';

/** The one way a read fails. The message is ours and fit for callers and logs. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly kind: UpstreamFaultKind;
  /** AKOOL's numeric code; null where it gave none. */
  readonly akoolCode: number | null;
  /**
   * How long AKOOL asks the whole account to pause, in ms, at most 60,000; null unless it does
   * (1005, 429).
   */
  readonly pauseMs: number | null;

  constructor(
    kind: UpstreamFaultKind,
    message: string,
    details: { akoolCode?: number; pauseMs?: number } = {},
  ) {
    super(message);
    this.kind = kind;
    this.akoolCode = details.akoolCode ?? null;
    this.pauseMs = details.pauseMs ?? null;
  }
}

/** AKOOL denies knowing the job: it does not exist, or belongs to another account. */
export interface Denial {
  readonly kind: 'DENIED';
  /** 1008 or 1014. */
  readonly code: number;
}

/** One AKOOL account. Everything the gateway knows of AKOOL goes through here. */
export interface Upstream {
  /** Submits a video for analysis: one POST, never repeated. Settles within 120 s of sending. */
  submitAnalysis(
    videoUrl: string,
    timing: SubmissionTiming,
  ): Promise<Submission<AnalysisObservation>>;
  /** Creates a head swap task: one POST, never repeated. Settles within 120 s of sending. */
  createHeadSwapTask(
    order: TaskOrder,
    timing: SubmissionTiming,
  ): Promise<Submission<TaskObservation>>;
  /** Reads an analysis. Throws UpstreamError. */
  readAnalysis(id: string): Promise<AnalysisObservation | Denial>;
  /** Reads a head swap task. Throws UpstreamError. */
  readHeadSwapTask(id: string): Promise<TaskObservation | Denial>;
  /** The account's credits; null when AKOOL answers without a number. Throws UpstreamError. */
  readCreditBalance(): Promise<number | null>;
  /** Closes pooled connections once running requests have ended. */
  close(): Promise<void>;
}
