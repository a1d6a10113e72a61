/** What one request at an endpoint took, as its response headers tell; times in milliseconds. */
export interface Sample {
  /** Requests that were in flight together, this one included. */
  concurrency: number;
  /** Different adapters among them; 0 = all of the base model. */
  adapters: number;
  promptTokens: number;
  generatedTokens: number;
  /** Before it joined a batch. */
  queueMs: number;
  /** From then to its first token. */
  firstTokenMs: number;
  /** From then to its last token. */
  inferenceMs: number;
}

export interface Measurement {
  /** URL of the endpoint. */
  source: string;
  modelId: string;
  /** `x-compute-type` of its answers. */
  computeType: string;
  /** ISO 8601. */
  measuredAt: string;
  samples: Sample[];
}
