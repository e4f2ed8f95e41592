/** What a label may say. Each has few values, all of them known: nothing that callers choose. */
export interface LabelAbout {
  /** Markdown, for operators. */
  readonly values: string;
  /** How many values there are at most. */
  readonly most: number;
}

/** A metric as it is told to Prometheus, and to operators. */
export interface MetricAbout<Label extends string> {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** One sentence, without quotation marks. */
  readonly help: string;
  readonly labels: readonly Label[];
  /** Of a histogram: upper bounds, ascending. */
  readonly buckets?: readonly number[];
  /** Fewer series than its labels would allow together. */
  readonly most?: number;
}
